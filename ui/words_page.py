"""Words of the frame: header, documents, question box. Each row is key: (English, Japanese, Spanish)."""

from __future__ import annotations

from collections.abc import Mapping

PAGE_WORDS: Mapping[str, tuple[str, str, str]] = {
    # Header and navigation
    "tagline": ("ask your documents", "手元の文書に質問", "pregunta a tus documentos"),
    "notebook": ("Notebook", "ノートブック", "Cuaderno"),
    "language": ("Language of the page", "表示言語", "Idioma de la página"),
    "theme": ("Light or dark", "明るい・暗い表示の切り替え", "Claro u oscuro"),
    "documents": ("Documents", "文書", "Documentos"),
    "chat": ("Questions", "質問", "Preguntas"),
    "evidence": ("Evidence", "根拠", "Pruebas"),
    "panels": ("Parts of the page", "画面の切り替え", "Partes de la página"),
    # Documents
    "add": ("Add documents", "文書を追加", "Añadir documentos"),
    "add_hint": (
        "Drop files here, or click to choose: PDF, HTML, Markdown, text; up to {limit} MB each.",
        "ここにファイルをドロップ、またはクリックして選択。PDF、HTML、Markdown、テキスト。1ファイル{limit} MBまで。",
        "Suelta archivos aquí o haz clic para elegirlos: PDF, HTML, Markdown, texto; hasta {limit} MB cada uno.",
    ),
    "sending": ("Sending files…", "ファイルを送信しています…", "Enviando archivos…"),
    "no_documents": ("No documents yet.", "文書はまだありません。", "Aún no hay documentos."),
    "scope_all": (
        "Questions search all documents. Clear a box to leave one out.",
        "すべての文書を検索します。チェックを外した文書は除かれます。",
        "Se busca en todos los documentos. Desmarca los que quieras dejar fuera.",
    ),
    "scope_some": (
        "Questions search {chosen} of {total} documents.",
        "{total}件中{chosen}件の文書を検索します。",
        "Se busca en {chosen} de {total} documentos.",
    ),
    "scope_none": (
        "No document is chosen: check at least one to ask.",
        "文書が選ばれていません。1つ以上選んでください。",
        "No hay ningún documento marcado: marca al menos uno para preguntar.",
    ),
    "search_in": ("Search in {name}", "{name}を検索対象にする", "Buscar en {name}"),
    "pages": ("{n} pages", "{n}ページ", "{n} páginas"),
    "pages_1": ("1 page", "1ページ", "1 página"),
    "passages": ("{n} passages", "{n}件の一節", "{n} pasajes"),
    "passages_1": ("1 passage", "1件の一節", "1 pasaje"),
    "needs_ocr": ("p. {list} needs OCR", "p. {list}は文字認識(OCR)が必要", "p. {list}: hace falta OCR"),
    "delete": ("Delete {name}", "{name}を削除", "Eliminar {name}"),
    "delete_ask": ("Delete this document?", "この文書を削除しますか?", "¿Eliminar este documento?"),
    "delete_yes": ("Delete", "削除する", "Eliminar"),
    "delete_no": ("Keep", "残す", "Conservar"),
    "deleted": ("{name} was deleted.", "{name}を削除しました。", "Se eliminó {name}."),
    "stop": ("Stop", "中止", "Detener"),
    "reading": ("Reading {number} of {total}", "{total}件中{number}件目を読み込み中", "Leyendo {number} de {total}"),
    "job_waiting": ("Waiting for the documents before it", "前の文書を待っています", "Esperando a los documentos anteriores"),
    "job_done": ("Done", "完了", "Listo"),
    "job_stopped": (
        "Stopped. Add the files again to go on where it stopped.",
        "中止しました。もう一度追加すると続きから始まります。",
        "Detenido. Vuelve a añadir los archivos para seguir donde se quedó.",
    ),
    "job_broken": (
        "This ended unexpectedly. Add the files again.",
        "予期せず終了しました。ファイルをもう一度追加してください。",
        "Terminó de forma inesperada. Vuelve a añadir los archivos.",
    ),
    "samples_job": ("Preparing the sample documents", "サンプル文書を準備しています", "Preparando los documentos de ejemplo"),
    "row_waiting": ("waiting", "待機中", "en espera"),
    "row_reading": ("reading", "読み込み中", "leyendo"),
    "row_working": ("{done} of {total} passages", "{total}件中{done}件", "{done} de {total} pasajes"),
    "row_added": ("added", "追加しました", "añadido"),
    "row_unchanged": ("already here, unchanged", "登録済み(変更なし)", "ya estaba, sin cambios"),
    "row_updated": ("updated", "更新しました", "actualizado"),
    "row_failed": ("not added", "追加できません", "no añadido"),
    "dismiss": ("Dismiss", "閉じる", "Cerrar"),
    # Asking
    "question": ("Question", "質問", "Pregunta"),
    "ask_here": ("Ask about your documents…", "文書について質問する…", "Pregunta sobre tus documentos…"),
    "send": ("Send", "送信", "Enviar"),
    "new_chat": ("New conversation", "新しい会話", "Nueva conversación"),
    "retry": ("Ask again", "もう一度質問", "Preguntar otra vez"),
    "try_one": ("Try one of these", "質問の例", "Prueba una de estas"),
    "welcome": ("What would you like to know?", "何を知りたいですか?", "¿Qué te gustaría saber?"),
    "welcome_more": (
        "Ask in any language. The answer shows the words of your documents that it stands on.",
        "どの言語でも質問できます。回答には、根拠となる文書の言葉が示されます。",
        "Pregunta en cualquier idioma. La respuesta muestra las palabras de tus documentos en que se apoya.",
    ),
    "model": ("Answering model", "回答モデル", "Modelo que responde"),
    "at_home": ("at home", "この端末で実行", "en casa"),
    "at_home_long": ("Nothing leaves this computer.", "データはこの端末の外に出ません。", "Nada sale de este ordenador."),
    "sent_to": ("sent to {place}", "{place}に送信", "se envía a {place}"),
    "sent_to_long": (
        "Your question and the passages found are sent to {place}.",
        "質問と見つかった一節が{place}に送られます。",
        "Tu pregunta y los pasajes hallados se envían a {place}.",
    ),
    "demonstration": (
        "This is a small demonstration model: it quotes, it cannot reason. For a real Gemma, install Ollama, then run {command}.",
        (
            "これは小さなデモ用モデルです。引用はできますが、推論はできません。本物のGemmaを使うには、Ollamaを入れて{command}"
            "を実行してください。"
        ),
        (
            "Este es un pequeño modelo de demostración: cita, pero no razona. Para un Gemma de verdad, instala Ollama y ejecuta "
            "{command}."
        ),
    ),
}
