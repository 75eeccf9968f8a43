"""Every failure that a person can meet, as one tree. Each says what went wrong and what to do, in one or two sentences.

KaedamaError
├── UsageError                 the call itself is wrong (exit status 2)                  usage.py
│   ├── UnknownSetting   InvalidSetting   EmptyQuestion   QuestionTooLong   UnknownModelName   ConsentNeeded   TooFewModels
│   └── ConversationBusy   NotebookNameEmpty   NotebookNameTaken   ClusterNotInstalled (cluster.py)
├── LibraryError               the library directory cannot be used                      library.py
│   ├── LibraryLocked   LibraryUnwritable   LibraryTooNew   LibraryDamaged   EmbedderMismatch   UnknownSource
│   ├── UnknownNotebook   UnknownConversation   UnknownTurn   IndexUnusable   OriginalMissing   ChromaUnavailable
│   ├── LibraryMissing   LibraryNotEmpty   QuoteGone
│   └── BackupMissing   BackupDamaged   BackupTooNew   BackupTaken   BackupUnwritable
├── DocumentError              one file cannot be read; others go on                     document.py
│   ├── PathMissing   FileEmpty   FileTooLarge   FileUnreadable   UnknownType   TypeMismatch   Encrypted   NoText
│   ├── ParserFailed   ParserTimedOut   TooManyPages   TooMuchText   UnknownEncoding   OldFormat   PasswordUnsupported
│   ├── UnpacksTooMuch   NestedTooDeep   PictureTooLarge   PageMissing   WrongPassword
│   ├── PageRefused   PageUnreachable                                                    web.py
│   └── ReaderLost                                                                       cluster.py
├── EmbedderError              text cannot be turned into vectors                        embedder.py
│   ├── EmbedderMissing   EmbedderUnavailable   EmbedderRefused   EmbedderLost (cluster.py)
├── ModelError                 no answer, or half of one                       model.py, engine.py, model_file.py
│   ├── ModelUnavailable   ModelMissing   ModelFileMissing   ModelFileDamaged   ModelRefused   ModelInterrupted
│   ├── ModelTimedOut   ContextOverflow   ModelBusy   ModelQuota   ModelBlocked   ModelCannotThink   ModelMemory
│   ├── ModelKeyMissing   ModelKeyRejected   ModelUnreachable   ModelNotServed
│   ├── ModelCannotSee   ModelCannotHear   ModelCannotAnswer   ModelGone   ModelLoading   ModelSignIn   ModelAddress   ModelNonsense
│   ├── ProxyUnusable
│   └── ModelNotPublished   ModelGated   NoGgufFile   DownloadFailed   DownloadInterrupted
├── ClusterUnavailable   ClusterDiffers                                                  cluster.py
├── ServiceError               the web page cannot be served                             service.py
│   └── PortTaken
├── MeasurementFailed          an evaluation cannot be carried out                       measurement.py
├── Defect                     what nobody foresaw                                       base.py
└── StoredError                kept by another version, which had a class for it         base.py

A class holds its sentence in English, Spanish and Japanese as templates with the same named fields; `error.sentence(language)` fills
them in. Words of ours inside a sentence are phrases (core/sentences.py), members of the enumerations beside the classes: `FileKind.PDF()`.
The words of an operating system or a server stay as they came, in a field. To add an error: its class with three sentences in the file of
its floor, its name in this drawing and below.
"""

from __future__ import annotations

from core.errors.base import (
    Defect,
    KaedamaError,
    StoredError,
    classes,
    error_from,
)
from core.errors.cluster import ClusterDiffers, ClusterFault, ClusterNotInstalled, ClusterUnavailable, EmbedderLost, ReaderLost
from core.errors.document import (
    DocumentError,
    DocumentFault,
    Encrypted,
    FileEmpty,
    FileKind,
    FileTooLarge,
    FileUnreadable,
    NestedTooDeep,
    NoText,
    OldFormat,
    PageMissing,
    ParserFailed,
    ParserTimedOut,
    PasswordUnsupported,
    PathMissing,
    PictureTooLarge,
    TooManyPages,
    TooMuchText,
    TypeMismatch,
    UnknownEncoding,
    UnknownType,
    UnpacksTooMuch,
    WrongPassword,
)
from core.errors.embedder import (
    EmbedderError,
    EmbedderFault,
    EmbedderMissing,
    EmbedderRefused,
    EmbedderUnavailable,
)
from core.errors.engine import (
    ModelAddress,
    ModelCannotAnswer,
    ModelCannotHear,
    ModelCannotSee,
    ModelGone,
    ModelLoading,
    ModelNonsense,
    ModelSignIn,
    ProxyUnusable,
)
from core.errors.health import (
    LibraryRemedy,
    LibraryState,
)
from core.errors.library import (
    BackupDamaged,
    BackupFault,
    BackupMissing,
    BackupTaken,
    BackupTooNew,
    BackupUnwritable,
    CatalogFault,
    ChromaUnavailable,
    EmbedderMismatch,
    IndexUnusable,
    LibraryDamaged,
    LibraryError,
    LibraryLocked,
    LibraryMissing,
    LibraryNotEmpty,
    LibraryTooNew,
    LibraryUnwritable,
    OriginalMissing,
    Owner,
    QuoteGone,
    Signature,
    UnknownConversation,
    UnknownNotebook,
    UnknownSource,
    UnknownTurn,
)
from core.errors.measurement import MeasurementFailed
from core.errors.model import (
    ContextOverflow,
    ModelBlocked,
    ModelBusy,
    ModelCannotThink,
    ModelError,
    ModelFault,
    ModelInterrupted,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelMemory,
    ModelMissing,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelTimedOut,
    ModelUnavailable,
    ModelUnreachable,
    Phase,
)
from core.errors.model_file import (
    DownloadFailed,
    DownloadFault,
    DownloadInterrupted,
    FileFault,
    GgufFault,
    ModelFileDamaged,
    ModelFileMissing,
    ModelGated,
    ModelNotPublished,
    NoGgufFile,
    Remedy,
)
from core.errors.passed import PassedReason
from core.errors.reading import ReadingWarning
from core.errors.service import (
    PortTaken,
    ServiceError,
)
from core.errors.usage import (
    Chosen,
    ConsentNeeded,
    ConversationBusy,
    EmptyQuestion,
    InvalidSetting,
    NotebookNameEmpty,
    NotebookNameTaken,
    QuestionTooLong,
    SettingFault,
    TooFewModels,
    Unit,
    UnknownModelName,
    UnknownSetting,
    UsageError,
)
from core.errors.web import (
    PageRefused,
    PageUnreachable,
    WebFault,
)

__all__ = [
    "BackupDamaged",
    "BackupFault",
    "BackupMissing",
    "BackupTaken",
    "BackupTooNew",
    "BackupUnwritable",
    "CatalogFault",
    "Chosen",
    "ChromaUnavailable",
    "ClusterDiffers",
    "ClusterFault",
    "ClusterNotInstalled",
    "ClusterUnavailable",
    "ConsentNeeded",
    "ContextOverflow",
    "ConversationBusy",
    "Defect",
    "DocumentError",
    "DocumentFault",
    "DownloadFailed",
    "DownloadFault",
    "DownloadInterrupted",
    "EmbedderError",
    "EmbedderFault",
    "EmbedderLost",
    "EmbedderMismatch",
    "EmbedderMissing",
    "EmbedderRefused",
    "EmbedderUnavailable",
    "EmptyQuestion",
    "Encrypted",
    "FileEmpty",
    "FileFault",
    "FileKind",
    "FileTooLarge",
    "FileUnreadable",
    "GgufFault",
    "IndexUnusable",
    "InvalidSetting",
    "KaedamaError",
    "LibraryDamaged",
    "LibraryError",
    "LibraryLocked",
    "LibraryMissing",
    "LibraryNotEmpty",
    "LibraryRemedy",
    "LibraryState",
    "LibraryTooNew",
    "LibraryUnwritable",
    "MeasurementFailed",
    "ModelAddress",
    "ModelBlocked",
    "ModelBusy",
    "ModelCannotAnswer",
    "ModelCannotHear",
    "ModelCannotSee",
    "ModelCannotThink",
    "ModelError",
    "ModelFault",
    "ModelFileDamaged",
    "ModelFileMissing",
    "ModelGated",
    "ModelGone",
    "ModelInterrupted",
    "ModelKeyMissing",
    "ModelKeyRejected",
    "ModelLoading",
    "ModelMemory",
    "ModelMissing",
    "ModelNonsense",
    "ModelNotPublished",
    "ModelNotServed",
    "ModelQuota",
    "ModelRefused",
    "ModelSignIn",
    "ModelTimedOut",
    "ModelUnavailable",
    "ModelUnreachable",
    "NestedTooDeep",
    "NoGgufFile",
    "NoText",
    "NotebookNameEmpty",
    "NotebookNameTaken",
    "OldFormat",
    "OriginalMissing",
    "Owner",
    "PageMissing",
    "PageRefused",
    "PageUnreachable",
    "ParserFailed",
    "ParserTimedOut",
    "PassedReason",
    "PasswordUnsupported",
    "PathMissing",
    "Phase",
    "PictureTooLarge",
    "PortTaken",
    "ProxyUnusable",
    "QuestionTooLong",
    "QuoteGone",
    "ReaderLost",
    "ReadingWarning",
    "Remedy",
    "ServiceError",
    "SettingFault",
    "Signature",
    "StoredError",
    "TooFewModels",
    "TooManyPages",
    "TooMuchText",
    "TypeMismatch",
    "Unit",
    "UnknownConversation",
    "UnknownEncoding",
    "UnknownModelName",
    "UnknownNotebook",
    "UnknownSetting",
    "UnknownSource",
    "UnknownTurn",
    "UnknownType",
    "UnpacksTooMuch",
    "UsageError",
    "WebFault",
    "WrongPassword",
    "classes",
    "error_from",
]
