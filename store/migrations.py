"""The catalog's schema, as numbered steps that are applied in order and never edited once released.

`PRAGMA user_version` holds the number of the last step applied.
"""

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    -- The one embedder whose vectors the library holds; means are the language means its vectors are centred on (see centring.py).
    CREATE TABLE embedder (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        signature TEXT NOT NULL,
        dimension INTEGER NOT NULL,
        query_prompt TEXT NOT NULL,
        passage_prompt TEXT NOT NULL,
        means BLOB
    );

    CREATE TABLE sources (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        notebook TEXT NOT NULL,
        origin TEXT NOT NULL,          -- absolute path, or upload:NAME
        name TEXT NOT NULL,            -- what people see; unique in the notebook
        title TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        reading TEXT NOT NULL,         -- how it was parsed and cut; a change makes the source worth reading again
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,         -- bytes
        page_count INTEGER NOT NULL,
        textless TEXT NOT NULL,        -- JSON array of page numbers
        added REAL NOT NULL,           -- seconds since 1970, UTC
        UNIQUE (notebook, name),
        UNIQUE (notebook, origin)
    );
    CREATE INDEX sources_by_hash ON sources (notebook, sha256);

    CREATE TABLE pages (
        source INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
        number INTEGER NOT NULL,       -- physical, from 1
        label TEXT,                    -- as printed
        text TEXT NOT NULL,
        lines TEXT NOT NULL,           -- JSON [[start, end, left, top, right, bottom], ...] in points from the top left
        width REAL NOT NULL,
        height REAL NOT NULL,
        PRIMARY KEY (source, number)
    ) WITHOUT ROWID;

    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        source INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
        notebook TEXT NOT NULL,
        page INTEGER NOT NULL,
        start INTEGER NOT NULL,        -- code points in pages.text
        "end" INTEGER NOT NULL,
        language TEXT NOT NULL,
        heading TEXT NOT NULL,
        content BLOB NOT NULL          -- hash of heading and text: the key of its vector
    );
    CREATE INDEX chunks_by_source ON chunks (source);
    CREATE INDEX chunks_by_content ON chunks (content);
    CREATE INDEX chunks_by_notebook ON chunks (notebook);

    CREATE TABLE vectors (
        content BLOB NOT NULL,
        embedder TEXT NOT NULL,
        vector BLOB NOT NULL,          -- float16, unit length before rounding
        PRIMARY KEY (content, embedder)
    ) WITHOUT ROWID;

    -- What the dense index has not been told yet; written in the transaction that changes chunks.
    CREATE TABLE pending (
        chunk INTEGER NOT NULL,
        action TEXT NOT NULL CHECK (action IN ('add', 'delete')),
        notebook TEXT NOT NULL,        -- behind the key: else integrity_check of SQLite 3.40 reports a NULL that is not there
        PRIMARY KEY (chunk, action)
    ) WITHOUT ROWID;

    -- Tokens are made by core.text.tokens; FTS5 only splits them at spaces. Marks (M*) belong to letters in Indic scripts.
    CREATE VIRTUAL TABLE lexical USING fts5 (tokens, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'");
    CREATE VIRTUAL TABLE vocabulary USING fts5vocab (lexical, row);
    """,
    """
    -- Which of several models' answers the reader thought best.
    CREATE TABLE votes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        notebook TEXT NOT NULL,
        question TEXT NOT NULL,
        answers TEXT NOT NULL,         -- JSON {model: answer}, in the order shown
        winner TEXT NOT NULL,          -- one of the models, or '' for a tie
        blind INTEGER NOT NULL,        -- 1 where the names were hidden
        added REAL NOT NULL            -- seconds since 1970, UTC
    );
    """,
)
