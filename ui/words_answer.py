"""Words of an answer: what is waited for, verdicts, steps, evidence. Each row is key: (English, Japanese, Spanish)."""

from __future__ import annotations

from collections.abc import Mapping

ANSWER_WORDS: Mapping[str, tuple[str, str, str]] = {
    # What is going on
    "status_queue": ("Waiting behind {n} questions", "前に{n}件の質問があります", "En espera: hay {n} preguntas antes"),
    "status_queue_1": ("Waiting behind 1 question", "前に1件の質問があります", "En espera: hay 1 pregunta antes"),
    "status_search_model": ("Loading the search model…", "検索モデルを読み込んでいます…", "Cargando el modelo de búsqueda…"),
    "status_samples": (
        "Your question waits for the sample documents to be ready ({percent} %)…",
        "サンプル文書の準備ができるまで、質問は待機しています({percent} %)…",
        "Tu pregunta espera a que estén listos los documentos de ejemplo ({percent} %)…",
    ),
    "status_downloading": (
        "Downloading the model: {n} %…",
        "モデルをダウンロードしています: {n} %…",
        "Descargando el modelo: {n} %…",
    ),
    "status_answer_model": ("Loading the answering model…", "回答モデルを読み込んでいます…", "Cargando el modelo que responde…"),
    "status_searching": ("Searching…", "検索しています…", "Buscando…"),
    "status_reading": ("Reading {n} passages…", "{n}件の一節を読んでいます…", "Leyendo {n} pasajes…"),
    "status_reading_1": ("Reading 1 passage…", "1件の一節を読んでいます…", "Leyendo 1 pasaje…"),
    "status_thinking": ("Thinking…", "考えています…", "Pensando…"),
    "status_writing": ("Writing…", "書いています…", "Escribiendo…"),
    "status_checking": (
        "Checking the answer against its sources…",
        "回答を根拠と照合しています…",
        "Comprobando la respuesta con sus fuentes…",
    ),
    "status_done": ("Answer ready", "回答ができました", "Respuesta lista"),
    # The answer
    "you_asked": ("You asked", "質問", "Preguntaste"),
    "answer": ("Answer", "回答", "Respuesta"),
    "searched_as": ("Searched as: {question}", "検索した質問: {question}", "Buscado como: {question}"),
    "thought": (
        "Thought {seconds} s · about {n} tokens",
        "思考 {seconds} 秒・約{n}トークン",
        "Razonó {seconds} s · unos {n} tokens",
    ),
    "thinking_now": (
        "Thinking… {seconds} s · about {n} tokens",
        "考え中… {seconds} 秒・約{n}トークン",
        "Razonando… {seconds} s · unos {n} tokens",
    ),
    "retried_thoughts_used_the_limit": (
        "Thinking used up the whole length of the answer; asked again without thinking.",
        "思考だけで回答の長さを使い切ったため、思考なしでもう一度質問しました。",
        "El razonamiento agotó la longitud de la respuesta; se preguntó otra vez sin razonar.",
    ),
    "retried_no_text": (
        "The model ended without a word; asked again in another way.",
        "モデルが何も答えずに終わったため、設定を変えてもう一度質問しました。",
        "El modelo terminó sin decir nada; se preguntó otra vez de otro modo.",
    ),
    "retried_cannot_think": (
        "The model cannot think before it answers; asked again without.",
        "このモデルは回答前の思考ができないため、思考なしでもう一度質問しました。",
        "El modelo no puede razonar antes de responder; se preguntó otra vez sin ello.",
    ),
    "retried_busy": (
        "The model's server was busy; asked again after {seconds} s.",
        "モデルのサーバーが混み合っていたため、{seconds}秒後にもう一度質問します。",
        "El servidor del modelo estaba ocupado; se pregunta otra vez a los {seconds} s.",
    ),
    "retried_quota": (
        "The quota was used up for the moment; asked again after {seconds} s.",
        "利用枠が一時的に尽きたため、{seconds}秒後にもう一度質問します。",
        "La cuota estaba agotada por el momento; se pregunta otra vez a los {seconds} s.",
    ),
    "quoted": ("quoted", "引用", "cita literal"),
    "supported": ("supported", "根拠あり", "respaldada"),
    "weak": ("weakly supported", "根拠が弱い", "respaldo débil"),
    "unsupported": ("unsupported", "根拠なし", "sin respaldo"),
    "verdict": ("{good} of {n} sentences supported", "{n}文中{good}文に根拠あり", "{good} de {n} frases respaldadas"),
    "verdict_1": ("{good} of 1 sentence supported", "1文中{good}文に根拠あり", "{good} de 1 frase respaldada"),
    "nothing_found": (
        "Nothing in the chosen documents comes near enough to this question, so no model was asked.",
        "選択した文書の中に、この質問に十分近い内容が見つからなかったため、モデルには質問していません。",
        "Nada en los documentos elegidos se acerca lo bastante a esta pregunta, así que no se consultó a ningún modelo.",
    ),
    "nothing_found_hint": (
        "What came nearest is shown under Evidence. Try other words, or add a document that knows.",
        "最も近かった一節は「根拠」に表示されています。別の言葉で質問するか、関連する文書を追加してください。",
        "Lo más cercano está en «Pruebas». Prueba con otras palabras o añade un documento que lo sepa.",
    ),
    "refused": (
        "The model read the passages and found no answer in them.",
        "モデルは一節を読みましたが、答えは見つかりませんでした。",
        "El modelo leyó los pasajes y no halló la respuesta en ellos.",
    ),
    "cut": (
        "The answer reached its length limit and ends here.",
        "回答が長さの上限に達したため、ここで終わっています。",
        "La respuesta alcanzó el límite de longitud y termina aquí.",
    ),
    "stopped": (
        "Stopped. What had been written is kept.",
        "中止しました。ここまでの回答は残っています。",
        "Detenido. Se conserva lo que se había escrito.",
    ),
    "broke_off": (
        "The answer ended unexpectedly. What had arrived is kept; ask again for the rest.",
        "回答が途中で終わりました。届いた分は残っています。もう一度質問してください。",
        "La respuesta terminó de forma inesperada. Se conserva lo recibido; pregunta otra vez para el resto.",
    ),
    # How this was found
    "steps": ("How this was found", "どうやって見つけたか", "Cómo se encontró"),
    "steps_short": ("{search} ms search, {n} passages", "検索 {search} ms、一節 {n}件", "búsqueda {search} ms, {n} pasajes"),
    "step_embed": ("Question turned into a vector", "質問のベクトル化", "Pregunta convertida en vector"),
    "step_search": ("Search", "検索", "Búsqueda"),
    "step_first_token": ("First word of the answer", "最初の言葉まで", "Primera palabra de la respuesta"),
    "step_generate": ("Writing", "生成", "Redacción"),
    "step_verify": ("Checking against the sources", "根拠との照合", "Comprobación con las fuentes"),
    "step_total": ("Total", "合計", "Total"),
    "step_found": ("Passages found", "見つかった一節", "Pasajes hallados"),
    "step_given": ("Passages given to the model", "モデルに渡した一節", "Pasajes dados al modelo"),
    "step_left_out": ("Left out", "渡さなかった一節", "Fuera"),
    "left_window": ("{n} (no room)", "{n}件(空きなし)", "{n} (sin espacio)"),
    "left_reader": ("{n} (this model takes few)", "{n}件(このモデルは少数のみ)", "{n} (este modelo admite pocos)"),
    "step_tokens": ("Tokens read and written", "読んだ・書いたトークン", "Tokens leídos y escritos"),
    "step_model": ("Model", "モデル", "Modelo"),
    "step_language": ("Language of the question", "質問の言語", "Idioma de la pregunta"),
    "ms": ("{n} ms", "{n} ms", "{n} ms"),
    "seconds": ("{n} s", "{n} 秒", "{n} s"),
    # Evidence
    "no_evidence": (
        "The passages that an answer stands on appear here.",
        "回答の根拠となる一節がここに表示されます。",
        "Aquí aparecen los pasajes en que se apoya una respuesta.",
    ),
    "not_cited": ("Found but not cited ({n})", "見つかったが引用されなかった一節 ({n})", "Hallados pero no citados ({n})"),
    "nearest": ("What came nearest ({n})", "最も近かった一節 ({n})", "Lo más cercano ({n})"),
    "page": ("p. {n}", "{n}ページ", "p. {n}"),
    "page_label": ("p. {label} (sheet {n})", "p. {label}({n}枚目)", "p. {label} (hoja {n})"),
    "whole_passage": ("Whole passage", "一節の全文", "Pasaje completo"),
    "source_n": ("Source {n}: {name}, {page}", "出典{n}: {name}、{page}", "Fuente {n}: {name}, {page}"),
    "context": ("Context", "コンテキスト", "Contexto"),
    "context_of": ("{used} of {window} tokens", "{window}トークン中{used}", "{used} de {window} tokens"),
    "context_estimate": ("about {used} of {window} tokens", "{window}トークン中およそ{used}", "unos {used} de {window} tokens"),
    "lang_en": ("English", "英語", "inglés"),
    "lang_ja": ("Japanese", "日本語", "japonés"),
    "lang_es": ("Spanish", "スペイン語", "español"),
    "lang_und": ("language unknown", "言語不明", "idioma desconocido"),
    # Failures
    "error": ("That did not work", "うまくいきませんでした", "No funcionó"),
}
