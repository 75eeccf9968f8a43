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
    -- Which of several models' answers the person thought best.
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
    """
    -- Notebooks with names that can change, documents that keep their identity over versions, conversations that are kept.
    CREATE TABLE notebooks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        collection TEXT NOT NULL UNIQUE, -- names its collection in the dense index; never changes
        created REAL NOT NULL,           -- seconds since 1970, UTC, as all times here
        deleted REAL                     -- when it was deleted; it is removed a little later
    );
    CREATE UNIQUE INDEX notebooks_by_name ON notebooks (name) WHERE deleted IS NULL;
    INSERT INTO notebooks (name, collection, created)
        SELECT notebook, notebook, min(added) FROM (
            SELECT notebook, added FROM sources UNION ALL SELECT notebook, added FROM votes
            UNION ALL SELECT notebook, CAST(strftime('%s', 'now') AS REAL) FROM pending
        ) GROUP BY notebook ORDER BY min(added);

    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        notebook INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
        origin TEXT NOT NULL,            -- absolute path, or upload:NAME: what comes from there again is a new version
        name TEXT NOT NULL,              -- what people see
        version INTEGER NOT NULL,        -- the current one
        UNIQUE (notebook, name)
    );
    CREATE INDEX documents_by_origin ON documents (notebook, origin);
    INSERT INTO documents
        SELECT s.id, n.id, s.origin, s.name, s.id FROM sources s JOIN notebooks n ON n.name = s.notebook;

    CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        title TEXT NOT NULL,
        sha256 TEXT NOT NULL,            -- names the original in files/
        reading TEXT NOT NULL,           -- how it was parsed and cut; a change makes the document worth reading again
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,           -- bytes
        page_count INTEGER NOT NULL,
        chunk_count INTEGER NOT NULL,
        characters INTEGER NOT NULL,     -- code points of all pages
        languages TEXT NOT NULL,         -- JSON array, the commonest first
        textless TEXT NOT NULL,          -- JSON array of page numbers
        added REAL NOT NULL,
        superseded REAL,                 -- when another version took its place; NULL for the current one
        original INTEGER NOT NULL        -- 1 where its bytes were copied into files/
    );
    CREATE INDEX versions_by_document ON versions (document);
    CREATE INDEX versions_by_hash ON versions (sha256);
    INSERT INTO versions
        SELECT id, id, title, sha256, reading, media_type, size, page_count,
            (SELECT count(*) FROM chunks WHERE source = sources.id),
            (SELECT coalesce(sum(length(text)), 0) FROM pages WHERE source = sources.id),
            (SELECT coalesce(json_group_array(language), '[]') FROM (
                SELECT language FROM chunks WHERE source = sources.id GROUP BY language ORDER BY count(*) DESC, language)),
            textless, added, NULL, 0 FROM sources;

    CREATE TABLE pages_of_versions (
        version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
        number INTEGER NOT NULL,         -- physical, from 1
        label TEXT,                      -- as printed
        text TEXT NOT NULL,
        lines TEXT NOT NULL,             -- JSON [[start, end, left, top, right, bottom], ...] in points from the top left
        width REAL NOT NULL,
        height REAL NOT NULL,
        PRIMARY KEY (version, number)
    ) WITHOUT ROWID;
    INSERT INTO pages_of_versions SELECT * FROM pages;
    DROP TABLE pages;
    ALTER TABLE pages_of_versions RENAME TO pages;

    CREATE TABLE chunks_of_documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        version INTEGER NOT NULL,        -- the document's current one
        notebook INTEGER NOT NULL,       -- the document's
        page INTEGER NOT NULL,
        start INTEGER NOT NULL,          -- code points in pages.text
        "end" INTEGER NOT NULL,
        language TEXT NOT NULL,
        heading TEXT NOT NULL,
        content BLOB NOT NULL            -- hash of heading and text: the key of its vector
    );
    INSERT INTO chunks_of_documents
        SELECT c.id, c.source, c.source, n.id, c.page, c.start, c."end", c.language, c.heading, c.content
        FROM chunks c JOIN notebooks n ON n.name = c.notebook;

    CREATE TABLE pending_of_collections (
        chunk INTEGER NOT NULL,
        collection TEXT NOT NULL,
        action TEXT NOT NULL CHECK (action IN ('add', 'delete', 'drop')),  -- 'drop': the whole collection; chunk is 0
        PRIMARY KEY (chunk, collection)
    ) WITHOUT ROWID;
    INSERT OR REPLACE INTO pending_of_collections SELECT chunk, notebook, action FROM pending ORDER BY action = 'delete';
    DROP TABLE pending;
    ALTER TABLE pending_of_collections RENAME TO pending;

    -- Numbers are never given twice, not even those of what is gone.
    DELETE FROM sqlite_sequence WHERE name IN ('documents', 'versions', 'chunks_of_documents');
    INSERT INTO sqlite_sequence (name, seq)
        SELECT 'documents', seq FROM sqlite_sequence WHERE name = 'sources'
        UNION ALL SELECT 'versions', seq FROM sqlite_sequence WHERE name = 'sources'
        UNION ALL SELECT 'chunks_of_documents', seq FROM sqlite_sequence WHERE name = 'chunks';
    DROP TABLE chunks;
    DROP TABLE sources;
    ALTER TABLE chunks_of_documents RENAME TO chunks;
    CREATE INDEX chunks_by_document ON chunks (document, page, start);
    CREATE INDEX chunks_by_content ON chunks (content);
    CREATE INDEX chunks_by_notebook ON chunks (notebook, language);

    CREATE TABLE votes_of_notebooks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        notebook INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
        question TEXT NOT NULL,
        answers TEXT NOT NULL,           -- JSON {model: answer}, in the order shown
        winner TEXT NOT NULL,            -- one of the models, or '' for a tie
        blind INTEGER NOT NULL,          -- 1 where the names were hidden
        added REAL NOT NULL
    );
    INSERT INTO votes_of_notebooks
        SELECT v.id, n.id, v.question, v.answers, v.winner, v.blind, v.added FROM votes v JOIN notebooks n ON n.name = v.notebook;
    DROP TABLE votes;
    ALTER TABLE votes_of_notebooks RENAME TO votes;

    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,             -- 12 random characters that may stand in a URL
        notebook INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
        title TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,           -- when a turn was last added
        head INTEGER,                    -- the turn that the shown branch ends with
        deleted REAL                     -- as in notebooks
    );
    CREATE INDEX conversations_by_notebook ON conversations (notebook, updated);

    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
        parent INTEGER REFERENCES turns ON DELETE CASCADE,  -- the turn it follows; two of one parent are branches
        question TEXT NOT NULL,
        model TEXT NOT NULL,
        scope TEXT NOT NULL,             -- JSON object: what was searched, and how
        asked REAL NOT NULL,
        saved REAL NOT NULL,             -- when the answer was last saved
        answer TEXT NOT NULL,            -- JSON object; '{}' before the first save
        words TEXT NOT NULL              -- question and answer as `core.text.fold` makes them, for the search
    );
    CREATE INDEX turns_by_conversation ON turns (conversation);
    CREATE INDEX turns_by_parent ON turns (parent);
    CREATE INDEX turns_by_time ON turns (saved);

    CREATE TABLE feedback (
        turn INTEGER PRIMARY KEY REFERENCES turns ON DELETE CASCADE,
        thumb INTEGER NOT NULL CHECK (thumb IN (-1, 0, 1)),
        reason TEXT NOT NULL,
        given REAL NOT NULL
    );
    """,
    """
    -- What a page is made of, where its text stands in its format's own terms, and what reading a version has shown.
    ALTER TABLE pages ADD COLUMN structure TEXT NOT NULL DEFAULT '[]'; -- JSON [headings, marks, tables], each as lists of its fields
    ALTER TABLE pages ADD COLUMN kind TEXT NOT NULL DEFAULT 'text';    -- core.types.PageKind
    ALTER TABLE chunks ADD COLUMN context TEXT NOT NULL DEFAULT '';    -- caption and header of its table, no part of the page's slice
    ALTER TABLE chunks ADD COLUMN place TEXT NOT NULL DEFAULT '';      -- JSON object, '' where the page says all
    ALTER TABLE versions ADD COLUMN report TEXT NOT NULL DEFAULT '{}'; -- JSON object: ingest.report.Report

    -- Where a document's bytes came from; the same bytes may lie in several places. `nfc` is Unicode form C.
    CREATE TABLE origins (
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        origin TEXT NOT NULL,            -- absolute path, upload:NAME or address, in form C: what comes from there again is a new version
        path TEXT NOT NULL,              -- where the file lies, '' where there is none
        name TEXT NOT NULL,              -- what the file is called there
        PRIMARY KEY (document, origin)
    ) WITHOUT ROWID;
    CREATE INDEX origins_by_origin ON origins (origin);
    INSERT INTO origins
        SELECT id, nfc(origin), CASE WHEN origin LIKE 'upload:%' OR origin LIKE 'upload/%' THEN '' ELSE origin END, name FROM documents;
    DROP INDEX documents_by_origin;
    ALTER TABLE documents DROP COLUMN origin;
    """,
)
