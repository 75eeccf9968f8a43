"""What an examination of a library finds, and what helps. These are no errors: most of them say that all is well."""

from __future__ import annotations

from core.sentences import Sentences, Words


class LibraryState(Words):
    """What was found in a library: first what is in order, then what is not."""

    CATALOG_WHOLE = Sentences(
        en="the catalog is whole: {documents} documents, {passages} passages",
        es="el catálogo está entero: {documents} documentos, {passages} pasajes",
        ja="目録に問題はありません(文書{documents}件、抜粋{passages}件)",
    )
    ORIGINALS_WHOLE = Sentences(
        en="all {count} originals are there; {sampled} of them were compared with their hashes",
        es="están los {count} originales; se compararon {sampled} con su suma de comprobación",
        ja="原本{count}件がそろっています({sampled}件をハッシュと照合)",
    )
    WORDS_LEVEL = Sentences(
        en="the word index holds exactly the {passages} passages; {sampled} of them were compared word by word",
        es="el índice de palabras tiene exactamente los {passages} pasajes; se compararon {sampled} palabra por palabra",
        ja="単語索引は抜粋{passages}件とちょうど一致しています({sampled}件を語ごとに照合)",
    )
    VECTORS_LEVEL = Sentences(
        en="the vector index holds exactly the {passages} passages; {sampled} of them were searched and found themselves",
        es="el índice de vectores tiene exactamente los {passages} pasajes; se buscaron {sampled} y se encontraron a sí mismos",
        ja="ベクトル索引は抜粋{passages}件とちょうど一致しています({sampled}件が自分自身を検索で見つけました)",
    )
    EMBEDDER = Sentences(
        en="the vectors are from {signature} and have {dimension} numbers each",
        es="los vectores son de {signature} y tienen {dimension} números cada uno",
        ja="ベクトルは{signature}によるもので、{dimension}次元です",
    )
    NO_VECTORS = Sentences(
        en="no document has been embedded yet",
        es="aún no se ha vectorizado ningún documento",
        ja="まだどの文書もベクトルになっていません",
    )
    PENDING = Sentences(
        en="{count} changes have not been told to the vector index yet; that is done when the library is next used",
        es="{count} cambios aún no están en el índice de vectores; se hará cuando se use la biblioteca",
        ja="{count}件の変更がまだベクトル索引に伝わっていません。次にライブラリを使うときに伝わります",
    )
    BESIDE = Sentences(
        en="{done} of {total} passages are embedded with {signature} already; the others are searched with the old one until all are",
        es="{done} de {total} pasajes ya tienen vectores de {signature}; se busca con los anteriores hasta que estén todos",
        ja="抜粋{total}件のうち{done}件は{signature}のベクトルができています。全部そろうまでは以前のもので検索します",
    )
    WORDS_OUTDATED = Sentences(
        en="an earlier version made the word index; it is made anew when the library is next used",
        es="el índice de palabras es de una versión anterior; se rehará cuando se use la biblioteca",
        ja="単語索引は以前の版で作られたものです。次にライブラリを使うときに作り直されます",
    )
    INDEX_NOT_MADE = Sentences(
        en="the vector index has not been made yet; that is done when the library is next used",
        es="el índice de vectores aún no está hecho; se hará cuando se use la biblioteca",
        ja="ベクトル索引はまだ作られていません。次にライブラリを使うときに作られます",
    )
    REPAIRED = Sentences(
        en="both indexes were made anew from the catalog: {passages} passages in {seconds:.1f} s",
        es="se rehicieron los dos índices a partir del catálogo: {passages} pasajes en {seconds:.1f} s",
        ja="目録から両方の索引を作り直しました(抜粋{passages}件、{seconds:.1f}秒)",
    )
    REFERENCES = Sentences(
        en="{count} rows of the catalog belong to rows that are not there",
        es="{count} filas del catálogo pertenecen a filas que no existen",
        ja="目録の{count}行が、存在しない行に属しています",
    )
    VERSIONS = Sentences(
        en="{count} documents have no current version",
        es="{count} documentos no tienen versión actual",
        ja="{count}件の文書に現在の版がありません",
    )
    PAGES = Sentences(
        en="{count} documents have not as many pages as were read",
        es="{count} documentos no tienen tantas páginas como se leyeron",
        ja="{count}件の文書のページ数が、読んだときの数と違います",
    )
    PASSAGES = Sentences(
        en="{count} documents have not as many passages as were cut",
        es="{count} documentos no tienen tantos pasajes como se cortaron",
        ja="{count}件の文書の抜粋の数が、作ったときの数と違います",
    )
    SLICES = Sentences(
        en="{count} passages are no part of their page's text",
        es="{count} pasajes no son parte del texto de su página",
        ja="{count}件の抜粋が、そのページの本文の一部ではありません",
    )
    LISTS = Sentences(
        en="{count} rows of the catalog hold a list that cannot be read",
        es="{count} filas del catálogo tienen una lista que no se puede leer",
        ja="目録の{count}行にあるリストを読めません",
    )
    FOUND_WITHOUT = Sentences(
        en="an index of {passages} passages and {originals} originals were found in {directory} without their catalog",
        es="en {directory} se encontraron un índice de {passages} pasajes y {originals} originales sin su catálogo",
        ja="{directory}に、目録のない索引(抜粋{passages}件)と原本{originals}件があります",
    )
    ORIGINALS_MISSING = Sentences(
        en="{count} originals are missing in the folder files: {names}",
        es="faltan {count} originales en la carpeta files: {names}",
        ja="フォルダーfilesに原本{count}件がありません: {names}",
    )
    ORIGINALS_CHANGED = Sentences(
        en="{count} originals in the folder files have other bytes than were kept: {names}",
        es="{count} originales de la carpeta files tienen otros bytes que los guardados: {names}",
        ja="フォルダーfilesの原本{count}件の中身が、保存したときと違います: {names}",
    )
    ORIGINALS_LOOSE = Sentences(
        en="{count} files in the folder files belong to no document",
        es="{count} archivos de la carpeta files no son de ningún documento",
        ja="フォルダーfilesの{count}件のファイルは、どの文書のものでもありません",
    )
    WORDS_DAMAGED = Sentences(
        en="the word index is damaged ({detail})",
        es="el índice de palabras está dañado ({detail})",
        ja="単語索引が壊れています({detail})",
    )
    WORDS_DIFFER = Sentences(
        en="{missing} passages are missing in the word index, and {extra} in it are no passage",
        es="faltan {missing} pasajes en el índice de palabras, y {extra} en él no son ningún pasaje",
        ja="単語索引に抜粋{missing}件が足りず、抜粋でないものが{extra}件あります",
    )
    WORDS_CHANGED = Sentences(
        en="of {sampled} passages {count} stand in the word index with other words than they have",
        es="de {sampled} pasajes, {count} están en el índice de palabras con otras palabras que las suyas",
        ja="調べた抜粋{sampled}件のうち{count}件は、単語索引の語が本文と違います",
    )
    VECTORS_MISSING = Sentences(
        en="{count} passages have no vector", es="{count} pasajes no tienen vector", ja="{count}件の抜粋にベクトルがありません"
    )
    VECTORS_SIZE = Sentences(
        en="{count} vectors of the catalog have not {dimension} numbers",
        es="{count} vectores del catálogo no tienen {dimension} números",
        ja="目録のベクトル{count}件が{dimension}次元ではありません",
    )
    INDEX_DIFFERS = Sentences(
        en="{missing} passages are missing in the vector index, and {extra} in it are no passage",
        es="faltan {missing} pasajes en el índice de vectores, y {extra} en él no son ningún pasaje",
        ja="ベクトル索引に抜粋{missing}件が足りず、抜粋でないものが{extra}件あります",
    )
    INDEX_SIZE = Sentences(
        en="the vectors of the vector index have {found} numbers, those of the catalog {wanted}",
        es="los vectores del índice tienen {found} números y los del catálogo {wanted}",
        ja="ベクトル索引は{found}次元ですが、目録は{wanted}次元です",
    )
    INDEX_LOST = Sentences(
        en="of {sampled} passages that were searched by their own vector {count} were not found",
        es="de {sampled} pasajes buscados por su propio vector, {count} no se encontraron",
        ja="自分のベクトルで検索した抜粋{sampled}件のうち{count}件が見つかりませんでした",
    )
    INDEX_LOOSE = Sentences(
        en="{count} collections of the vector index belong to no notebook",
        es="{count} colecciones del índice de vectores no son de ningún cuaderno",
        ja="ベクトル索引の{count}個のコレクションは、どのノートブックのものでもありません",
    )


class LibraryRemedy(Words):
    """What helps."""

    REPAIR = Sentences(
        en="`python -m rag doctor --repair` makes the indexes anew from the catalog, without reading or embedding anything again.",
        es="`python -m rag doctor --repair` rehace los índices a partir del catálogo, sin leer ni vectorizar nada de nuevo.",
        ja="`python -m rag doctor --repair`で、何も読み直さずに目録から索引を作り直せます。",
    )
    RE_EMBED = Sentences(
        en="`python -m ingest --re-embed` makes the vectors that are missing.",
        es="`python -m ingest --re-embed` hace los vectores que faltan.",
        ja="`python -m ingest --re-embed`で足りないベクトルを作れます。",
    )
    READ_AGAIN = Sentences(
        en="Add those files again with `python -m ingest PATH`, or put back a backup with `python -m rag restore FILE --replace`.",
        es="Añade esos archivos de nuevo con `python -m ingest PATH`, o restaura una copia con `python -m rag restore FILE --replace`.",
        ja="`python -m ingest PATH`でそのファイルを追加し直すか、`python -m rag restore FILE --replace`で控えを戻してください。",
    )
    RESTORE = Sentences(
        en="Put back a backup with `python -m rag restore FILE --replace`, or move the directory away and add the documents again.",
        es="Restaura una copia con `python -m rag restore FILE --replace`, o aparta el directorio y añade los documentos de nuevo.",
        ja="`python -m rag restore FILE --replace`で控えを戻すか、フォルダーを移してから文書を追加し直してください。",
    )
    PUT_BACK = Sentences(
        en=(
            "Put back a backup with `python -m rag restore FILE --replace` or a copy of catalog.sqlite3. Without either, copy what is "
            "needed out of the folder files and add it again; `python -m rag doctor --repair` removes the index, never the originals."
        ),
        es=(
            "Restaura una copia con `python -m rag restore FILE --replace` o una copia de catalog.sqlite3. Sin ninguna, saca de la "
            "carpeta files lo que haga falta y añádelo de nuevo; `python -m rag doctor --repair` quita el índice, nunca los originales."
        ),
        ja=(
            "`python -m rag restore FILE --replace`で控えを戻すか、catalog.sqlite3の写しを戻してください。どちらもなければ、"
            "フォルダーfilesから必要なものを取り出して追加し直してください。`python -m rag doctor --repair`は索引だけを消し、原本は消しません。"
        ),
    )
