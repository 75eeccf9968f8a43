"""Every failure that a person can meet, as one tree. Each says what went wrong and what to do, in one or two sentences.

KaedamaError
├── UsageError                 the call itself is wrong (exit status 2)
│   ├── UnknownSetting   InvalidSetting   EmptyQuestion   QuestionTooLong   UnknownModelName   ConsentNeeded   TooFewModels
├── LibraryError               the library directory cannot be used
│   ├── LibraryLocked   LibraryUnwritable   LibraryTooNew   LibraryDamaged   EmbedderMismatch   UnknownSource
├── DocumentError              one file cannot be read; others go on
│   ├── PathMissing   FileEmpty   FileTooLarge   FileUnreadable   UnknownType   TypeMismatch   Encrypted   NoText
│   └── ParserFailed   ParserTimedOut   TooManyPages   TooMuchText
├── EmbedderError              text cannot be turned into vectors
│   ├── EmbedderMissing   EmbedderUnavailable
├── ModelError                 no answer, or half of one
│   ├── ModelUnavailable   ModelMissing   ModelFileMissing   ModelFileDamaged   ModelRefused   ModelInterrupted
│   ├── ModelTimedOut   ContextOverflow   ModelBusy   ModelQuota   ModelBlocked   ModelCannotThink   ModelMemory
│   ├── ModelKeyMissing   ModelKeyRejected   ModelUnreachable   ModelNotServed
│   └── ModelNotPublished   ModelGated   NoGgufFile   DownloadFailed   DownloadInterrupted
└── ServiceError               the web page cannot be served
    └── PortTaken

A class holds its sentence as a template with named fields, so that the page can say it in the reader's language (ui/locale)
and so that no caller has to take an English sentence apart.
"""

from __future__ import annotations

import string
from typing import ClassVar


class KaedamaError(Exception):
    """Root of the tree. `fields` are the values of the sentence; `code` names the class for programs."""

    template: ClassVar[str] = "Something went wrong: {detail}"

    def __init__(self, **fields: object) -> None:
        wanted = {name for _, name, _, _ in string.Formatter().parse(self.template) if name}
        if wanted != set(fields):
            raise TypeError(f"{type(self).__name__} takes the fields {sorted(wanted)}, got {sorted(fields)}")
        super().__init__(self.template.format(**fields))
        self.fields = fields

    @property
    def code(self) -> str:
        """The class's name, stable for programs that read events."""
        return type(self).__name__


class UsageError(KaedamaError):
    """The call itself is wrong."""


class UnknownSetting(UsageError):
    """An environment variable KAEDAMA_* that no setting has."""

    template = "There is no setting {name}. Did you mean {nearest}? The README lists all settings."


class InvalidSetting(UsageError):
    """A setting whose value cannot be read or is out of range."""

    template = "The setting {name} cannot be {value!r}: {detail}."


class EmptyQuestion(UsageError):
    """A question without a word in it."""

    template = "The question is empty. Type what you would like to know about your documents."


class QuestionTooLong(UsageError):
    """A question longer than the limit."""

    template = (
        "The question has {length:,} characters; at most {limit:,} are taken. Shorten it, or add the long text as a document "
        "and ask about that."
    )


class UnknownModelName(UsageError):
    """A model name that no backend understands."""

    template = "No model is called {name!r}. Known here: {known}. `python -m rag models` lists them."


class ConsentNeeded(UsageError):
    """A model answers elsewhere, and the person has not yet said that something may go there."""

    template = (
        "{name} answers at {place}: the question, the conversation so far and the passages found would leave this computer. Nothing "
        "was sent. Allow it first, or choose a model at home."
    )


class TooFewModels(UsageError):
    """A comparison of less than two models."""

    template = "A comparison needs two different models or more. Choose another one beside {chosen}."


class LibraryError(KaedamaError):
    """The library directory cannot be used."""


class LibraryLocked(LibraryError):
    """Another process owns the directory."""

    template = (
        "The library {directory} is in use by {owner}. Close that first, or choose another directory with --library or "
        "KAEDAMA_LIBRARY."
    )


class LibraryUnwritable(LibraryError):
    """The directory cannot be written."""

    template = "The library {directory} cannot be written ({detail}). Check its permissions and the free space, or choose another."


class LibraryTooNew(LibraryError):
    """The catalog was written by a later version."""

    template = (
        "The library {directory} was written by a newer Kaedama (format {found}, this one reads up to {known}). "
        "Update Kaedama, or choose another directory with --library."
    )


class LibraryDamaged(LibraryError):
    """The catalog is not a readable database."""

    template = (
        "The catalog of the library {directory} cannot be read ({detail}). Put back a copy of catalog.sqlite3, or move the "
        "directory away and add the documents again."
    )


class EmbedderMismatch(LibraryError):
    """The library's vectors come from another embedder."""

    template = (
        "The library {directory} was made with the embedder {found}, but {wanted} is configured. Set KAEDAMA_EMBEDDER={found}, "
        "or run `python -m ingest --re-embed` once to embed it again with {wanted}."
    )


class UnknownSource(LibraryError):
    """A document that is not, or no longer, in the library."""

    template = "There is no document {name} in the notebook {notebook}."


class DocumentError(KaedamaError):
    """One file cannot be read; others go on."""


class PathMissing(DocumentError):
    """A path that does not exist."""

    template = "{name} does not exist. Check the path."


class FileEmpty(DocumentError):
    """A file of 0 bytes, or of white space only."""

    template = "{name} is empty: there is nothing to read in it."


class FileTooLarge(DocumentError):
    """A file over the size limit."""

    template = "{name} has {size_mb:.1f} MB; at most {limit_mb:g} MB are taken. Split it, or raise KAEDAMA_MAX_FILE_MB."


class FileUnreadable(DocumentError):
    """The operating system refuses to hand over the file."""

    template = "{name} cannot be read ({detail}). Check its permissions."


class UnknownType(DocumentError):
    """A file of a kind that no parser reads."""

    template = (
        "{name} is {found}, which Kaedama does not read. It reads PDF, HTML, Markdown and plain text: save it as one of these."
    )


class TypeMismatch(DocumentError):
    """A file whose content is not what its name says."""

    template = "{name} is named like {named} but its content is {found}. Rename it to what it is, then add it again."


class Encrypted(DocumentError):
    """A PDF that opens with a password only."""

    template = "{name} is protected by a password. Open it in a PDF reader, save a copy without password and add the copy."


class NoText(DocumentError):
    """A document on whose pages no text was found."""

    template = (
        "{name} holds no text on its {pages} page(s): it is probably a scan. Run text recognition over it first "
        "(for example `ocrmypdf in.pdf out.pdf`) and add the result."
    )


class ParserFailed(DocumentError):
    """The parser gave up or its process died."""

    template = "{name} could not be read as {media_type}: {detail}. It may be damaged; try to save it anew from its program."


class ParserTimedOut(DocumentError):
    """The parser took longer than the limit."""

    template = "{name} was still being read after {limit_s:.0f} s and was given up. Split it, or raise KAEDAMA_PARSE_TIMEOUT_S."


class TooManyPages(DocumentError):
    """A document over the page limit."""

    template = "{name} has {pages:,} pages; at most {limit:,} are taken. Split it, or raise KAEDAMA_MAX_PAGES."


class TooMuchText(DocumentError):
    """A document whose text is larger than the limit, as decompression bombs have it."""

    template = "{name} unfolds to more than {limit_mb:g} MB of text and was given up. Split it, or raise KAEDAMA_MAX_TEXT_MB."


class EmbedderError(KaedamaError):
    """Text cannot be turned into vectors."""


class EmbedderMissing(EmbedderError):
    """The embedding model cannot be found or loaded."""

    template = "The embedding model {name} cannot be loaded ({detail}). Check KAEDAMA_EMBEDDER, or unset it to use the bundled one."


class EmbedderUnavailable(EmbedderError):
    """A server that should embed does not answer as it should."""

    template = "The embedding model {name} does not answer at {url} ({detail}). Start the server, or unset KAEDAMA_EMBEDDER."


class ModelError(KaedamaError):
    """No answer, or half of one."""


class ModelUnavailable(ModelError):
    """The server that runs the model is not there."""

    template = "{engine} does not answer at {url}. Start it ({start}) and ask again, or choose another model."


class ModelMissing(ModelError):
    """The server is there but does not have the model."""

    template = "The model {name} is not installed. Get it with `{command}`, or choose another model."


class ModelFileMissing(ModelError):
    """A model file that should be on this machine is not."""

    template = "The model file {path} is missing. {remedy}"


class ModelFileDamaged(ModelError):
    """A model file whose checksum or content is wrong."""

    template = "The model file {path} is damaged ({detail}). {remedy}"


class ModelRefused(ModelError):
    """The model's engine answered with an error of its own."""

    template = "{name} could not answer: {detail}. Ask again, or choose another model."


class ModelInterrupted(ModelError):
    """The stream ended before the answer did; what had come is kept."""

    template = "The answer of {name} broke off in the middle ({detail}). What had arrived is kept; ask again for the rest."


class ModelTimedOut(ModelError):
    """The model stayed silent for longer than the limit."""

    template = "{name} was silent for {limit_s:.0f} s while {phase}. It may be overloaded: ask again, or raise {setting}."


class ContextOverflow(ModelError):
    """The prompt does not fit the model's window."""

    template = "The question and its passages need {needed:,} tokens, but {name} takes {window:,}. Ask with fewer passages (-k)."


class ModelBusy(ModelError):
    """The server is there but has too much to do."""

    template = "{name} has too much to do at the moment ({detail}). Ask again in a minute, or choose another model."


class ModelQuota(ModelError):
    """The allowance of a remote model is used up; `delay_s` is when the server says to come back."""

    template = "The quota for {name} is used up for now. Ask again in {delay_s:.0f} s, or choose another model."


class ModelBlocked(ModelError):
    """The provider's filter held back the question or the answer."""

    template = (
        "The safety filter of {name} held the answer back ({reason}). Put the question in other words, leave out the document in "
        "question, or choose a model at home."
    )


class ModelCannotThink(ModelError):
    """The server says that the model has no thinking."""

    template = "{name} cannot think before it answers. Switch thinking off and ask again."


class ModelMemory(ModelError):
    """The model does not fit into memory."""

    template = "{name} does not fit into the memory ({detail}). Close other programs, or choose a smaller model."


class ModelKeyMissing(ModelError):
    """A remote model without a key."""

    template = "{engine} needs a key. Set {setting} and start Kaedama again, or choose another model."


class ModelKeyRejected(ModelError):
    """The provider does not accept the key."""

    template = "{engine} does not accept the key ({detail}). Check {setting}, or choose another model."


class ModelUnreachable(ModelError):
    """A server that is not this machine's to start does not answer."""

    template = "{engine} cannot be reached at {url}. Check the network connection and the address, or choose another model."


class ModelNotServed(ModelError):
    """The server is there, but serves no model of this name."""

    template = "{engine} at {url} has no model {name}. `python -m rag models` lists those that can be used; choose one of them."


class ModelNotPublished(ModelError):
    """A model that shall be downloaded and that nobody offers under this name."""

    template = "There is no model {name} to download. Look its name up at {where} and try again."


class ModelGated(ModelError):
    """A repository that is not open to everybody; without a token the hub says the same of one that does not exist."""

    template = (
        "{name} does not exist, or is open only to those who are let in. Check the name; then accept its terms at {url}, set HF_TOKEN "
        "and start Kaedama again."
    )


class NoGgufFile(ModelError):
    """A repository of the hub without a file that can be loaded."""

    template = "There is no file to load in {name}: {detail}. Choose another of its files, or another repository."


class DownloadFailed(ModelError):
    """A model cannot be downloaded for a reason that somebody has to put right, as a full disk."""

    template = "{name} could not be downloaded: {detail}. Put that right and try again; what had arrived is kept."


class DownloadInterrupted(ModelError):
    """A download ended before the model was whole; the next one goes on from there."""

    template = "The download of {name} broke off ({detail}). What had arrived is kept; try again to go on from there."


class ServiceError(KaedamaError):
    """The web page cannot be served."""


class PortTaken(ServiceError):
    """Another program listens on the port."""

    template = "Port {port} on {host} is taken by another program. Stop it, or choose another port with KAEDAMA_PORT."
