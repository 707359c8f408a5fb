PRAGMA page_size = 8192;
BEGIN TRANSACTION;
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    width INTEGER,
    height INTEGER,
    format TEXT,
    taken_ns INTEGER,
    camera TEXT,
    latitude REAL,
    longitude REAL,
    error TEXT,
    decoder TEXT
);
INSERT INTO "contents" VALUES(1,X'E12C40E947B31D4EB57786BC32BD2A68',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'The file is cut off: a part of the picture is missing.','1 pillow=13.0.0 pillow-heif=1.8.1 pillow-jxl-plugin=1.3.8 rawpy=0.28.0');
INSERT INTO "contents" VALUES(2,X'6B07D2274385D9F834566B56D9973186',48,32,'PNG',NULL,NULL,NULL,NULL,NULL,'1 pillow=13.0.0 pillow-heif=1.8.1 pillow-jxl-plugin=1.3.8 rawpy=0.28.0');
INSERT INTO "contents" VALUES(3,X'7123A0DFF464FF2DF2D8C1112E2F0461',48,32,'PNG',NULL,NULL,NULL,NULL,NULL,'1 pillow=13.0.0 pillow-heif=1.8.1 pillow-jxl-plugin=1.3.8 rawpy=0.28.0');
INSERT INTO "contents" VALUES(4,X'41E74C4A7F0E7227E242BDD797D4A538',48,32,'JPEG',1563099630000000000,'Canon EOS 5D',48.5,9.25,NULL,'1 pillow=13.0.0 pillow-heif=1.8.1 pillow-jxl-plugin=1.3.8 rawpy=0.28.0');
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO "counters" VALUES('rewrites',0);
INSERT INTO "counters" VALUES('known_contents',1);
CREATE TABLE embeddings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models (id),
    content_id INTEGER NOT NULL REFERENCES contents (id),
    vector BLOB NOT NULL,
    UNIQUE (content_id, model_id)
);
INSERT INTO "embeddings" VALUES(1,1,2,X'47B9A13547B9F12C');
INSERT INTO "embeddings" VALUES(2,1,3,X'C637EDB8EDB89D2C');
INSERT INTO "embeddings" VALUES(3,1,4,X'F0B8EBB8C7379D2C');
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder_id INTEGER NOT NULL REFERENCES folders (id),
    name BLOB NOT NULL,
    folded TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    content_id INTEGER REFERENCES contents (id),
    error TEXT,
    UNIQUE (folder_id, name)
);
INSERT INTO "files" VALUES(1,1,X'62726F6B656E2E6A7067','broken.jpg',18,1600000000000000000,1452256,1,NULL);
INSERT INTO "files" VALUES(2,2,X'6772C3BC6E2E706E67','grün.png',211,1600000003000000000,1452252,2,NULL);
INSERT INTO "files" VALUES(3,2,X'7265642E706E67','red.png',211,1600000004000000000,1452253,3,NULL);
INSERT INTO "files" VALUES(4,1,X'6C616B652E6A7067','lake.jpg',934,1600000001000000000,1452255,4,NULL);
INSERT INTO "files" VALUES(5,1,X'72656420636F70792E706E67','red copy.png',211,1600000002000000000,1452254,3,NULL);
CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,
    available INTEGER NOT NULL DEFAULT 1,
    pictures INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "folders" VALUES(1,X'2F7372762F70686F746F732F616C62756D',1,2);
INSERT INTO "folders" VALUES(2,X'2F7372762F70686F746F73',1,2);
CREATE TABLE generations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models (id),
    kind TEXT NOT NULL,
    file TEXT NOT NULL UNIQUE,
    seq_covered INTEGER NOT NULL,
    n INTEGER NOT NULL,
    dim INTEGER NOT NULL,
    dtype TEXT NOT NULL,
    metric TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    created_ns INTEGER NOT NULL
);
INSERT INTO "generations" VALUES(1,1,'vectors','gen-1.vectors',3,3,4,'float16','ip',4184,2760391231,1796050995847769599);
INSERT INTO "generations" VALUES(2,1,'usearch','gen-2.usearch',3,3,4,'i8 turned','ip',940,1374104331,1796050995851988675);
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL
);
INSERT INTO "models" VALUES(1,'colours-1',4);
CREATE TABLE roots (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
);
INSERT INTO "roots" VALUES(1,X'2F7372762F70686F746F73');
CREATE INDEX files_content ON files (content_id);
CREATE INDEX embeddings_model ON embeddings (model_id);
CREATE TRIGGER files_inserted AFTER INSERT ON files WHEN new.content_id IS NOT NULL BEGIN
    UPDATE folders SET pictures = pictures + 1 WHERE id = new.folder_id
        AND (SELECT error IS NULL FROM contents WHERE id = new.content_id);
END;
CREATE TRIGGER files_deleted AFTER DELETE ON files WHEN old.content_id IS NOT NULL BEGIN
    UPDATE folders SET pictures = pictures - 1 WHERE id = old.folder_id
        AND (SELECT error IS NULL FROM contents WHERE id = old.content_id);
END;
CREATE TRIGGER files_changed AFTER UPDATE OF content_id ON files
WHEN old.content_id IS NOT new.content_id BEGIN
    UPDATE folders SET pictures = pictures
        + coalesce((SELECT error IS NULL FROM contents WHERE id = new.content_id), 0)
        - coalesce((SELECT error IS NULL FROM contents WHERE id = old.content_id), 0)
        WHERE id = new.folder_id;
END;
CREATE TRIGGER contents_judged AFTER UPDATE OF error ON contents
WHEN (old.error IS NULL) <> (new.error IS NULL) BEGIN
    UPDATE folders SET pictures = (
        SELECT count(*) FROM files JOIN contents ON contents.id = files.content_id
        WHERE files.folder_id = folders.id AND contents.error IS NULL
    ) WHERE id IN (SELECT folder_id FROM files WHERE content_id = new.id);
END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('contents',4);
INSERT INTO "sqlite_sequence" VALUES('folders',2);
INSERT INTO "sqlite_sequence" VALUES('files',5);
INSERT INTO "sqlite_sequence" VALUES('embeddings',3);
INSERT INTO "sqlite_sequence" VALUES('generations',2);
COMMIT;
PRAGMA application_id = 0;
PRAGMA user_version = 1;
