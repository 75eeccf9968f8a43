"""Words of models: consent, thinking, what a model reads, the kitchen guide, downloads. Each row is key: (English, Japanese, Spanish)."""

from __future__ import annotations

from collections.abc import Mapping

MODEL_WORDS: Mapping[str, tuple[str, str, str]] = {
    # Before anything leaves
    "consent_title": ("Send to {place}?", "{place}に送信しますか?", "¿Enviar a {place}?"),
    "consent_leaves": ("This would leave this computer:", "このコンピューターの外に出るもの:", "Esto saldría de este ordenador:"),
    "leaves_question": ("your question", "質問", "tu pregunta"),
    "leaves_talk": (
        "the earlier questions and answers of this conversation",
        "この会話のこれまでの質問と回答",
        "las preguntas y respuestas anteriores de esta conversación",
    ),
    "leaves_passages": (
        "the passages found for it, or the chosen documents where they are read whole",
        "見つかった一節(文書全体を読む設定では、選んだ文書の全文)",
        "los pasajes hallados, o los documentos elegidos si se leen enteros",
    ),
    "consent_stays": (
        "Everything else stays here. Your choice holds until you close this page.",
        "それ以外は外に出ません。この選択はページを閉じるまで有効です。",
        "Todo lo demás se queda aquí. Tu elección vale hasta que cierres esta página.",
    ),
    "consent_yes": ("Send to {place}", "{place}に送信する", "Enviar a {place}"),
    "consent_no": ("Do not send", "送信しない", "No enviar"),
    "not_sent": (
        "Nothing was sent. Choose a model at home, or send the question after all.",
        "何も送信していません。手元のモデルを選ぶか、もう一度送信してください。",
        "No se envió nada. Elige un modelo en casa o envía la pregunta de nuevo.",
    ),
    # How a model is asked
    "think": ("Thinking", "思考", "Razonar"),
    "think_off": ("thinking: off", "思考: なし", "razonar: no"),
    "think_auto": ("thinking: auto", "思考: 自動", "razonar: auto"),
    "think_on": ("thinking: on", "思考: あり", "razonar: sí"),
    "think_never": ("does not think", "思考機能なし", "no razona"),
    "think_hint": (
        "Auto: remote models think before they answer, models at home do not, since it takes them long.",
        "自動: 外部のモデルは考えてから答え、手元のモデルは時間がかかるため考えません。",
        "Auto: los modelos remotos razonan antes de responder; los de casa no, porque tardan mucho.",
    ),
    "reads": ("What the model reads", "モデルが読むもの", "Qué lee el modelo"),
    "reads_auto": ("reads: auto", "読む範囲: 自動", "lee: auto"),
    "reads_passages": ("reads: passages", "読む範囲: 一節", "lee: pasajes"),
    "reads_whole": ("reads: whole documents", "読む範囲: 文書全体", "lee: documentos enteros"),
    "reads_hint": (
        "Auto: chosen documents go in whole where they fit into the model's window, else the passages found.",
        "自動: 選んだ文書がモデルのウィンドウに収まれば全文を、収まらなければ見つかった一節を渡します。",
        "Auto: los documentos elegidos van enteros si caben en la ventana del modelo; si no, los pasajes hallados.",
    ),
    "step_mode": ("What the model read", "モデルが読んだもの", "Qué leyó el modelo"),
    "mode_passages": ("passages", "一節", "pasajes"),
    "mode_whole": ("whole documents", "文書全体", "documentos enteros"),
    "why_asked": ("as you asked", "指定どおり", "como pediste"),
    "why_fits": ("they fit into the window", "ウィンドウに収まるため", "caben en la ventana"),
    "why_too_large": ("the documents do not fit whole", "文書全体は収まらないため", "los documentos enteros no caben"),
    "why_few_passages": ("this model reads only a few", "このモデルは少数の一節のみ読むため", "este modelo lee pocos"),
    "why_slow": (
        "reading them whole would take minutes here",
        "全文を読むとこの端末では数分かかるため",
        "leerlos enteros tardaría minutos aquí",
    ),
    "why_no_choice": (
        "the whole notebook does not fit; choose documents",
        "ノート全体は収まりません。文書を選んでください",
        "el cuaderno entero no cabe; elige documentos",
    ),
    "prompt_cut": (
        "The engine read less than it was given: a part of the passages was cut off. A larger window may help.",
        "エンジンが読んだ量は渡した量より少なく、一節の一部が切り捨てられました。ウィンドウを大きくすると改善することがあります。",
        "El motor leyó menos de lo que recibió: se cortó una parte de los pasajes. Una ventana mayor puede ayudar.",
    ),
    # The kitchen guide
    "models": ("Models", "モデル", "Modelos"),
    "kitchen": ("Which Gemma fits this computer", "この端末に合うGemma", "Qué Gemma cabe en este ordenador"),
    "machine": (
        "This computer: {memory} GB of memory ({free} GB free), {cores} cores, {gpu}.",
        "この端末: メモリー{memory} GB(空き{free} GB)、{cores}コア、{gpu}。",
        "Este ordenador: {memory} GB de memoria ({free} GB libres), {cores} núcleos, {gpu}.",
    ),
    "gpu_none": ("no GPU found", "GPUなし", "sin GPU"),
    "gpu_shared": ("a GPU that shares it", "メモリー共有のGPU", "una GPU que la comparte"),
    "gpu_card": ("{name} with {memory} GB", "{name}({memory} GB)", "{name} con {memory} GB"),
    "ollama_here": ("Ollama runs at {url}.", "Ollamaは{url}で動いています。", "Ollama funciona en {url}."),
    "ollama_absent": (
        "Ollama does not answer at {url}. Install it from ollama.com and start it, then press “Look again”; Kaedama need not be restarted.",
        (
            "{url}のOllamaが応答しません。ollama.comからインストールして起動し、「もう一度確認」を押してください。Kaedamaの再起動は不要です。"
        ),
        (
            "Ollama no responde en {url}. Instálalo desde ollama.com y arráncalo, luego pulsa «Mirar otra vez»; no hace falta reiniciar "
            "Kaedama."
        ),
    ),
    "see_models": ("See which models can be had", "使えるモデルを見る", "Ver qué modelos se pueden obtener"),
    "look_again": ("Look again", "もう一度確認", "Mirar otra vez"),
    "best_command": (
        "The best fit here, in one command:",
        "この端末に最適なモデルを入れるコマンド:",
        "Lo que mejor cabe aquí, en un comando:",
    ),
    "best_installed": (
        "The best fit here is installed: {tag}.",
        "この端末に最適な{tag}はインストール済みです。",
        "Lo que mejor cabe aquí ya está instalado: {tag}.",
    ),
    "best_none": ("None of them fits this computer.", "この端末に合うものはありません。", "Ninguno cabe en este ordenador."),
    "col_model": ("Model", "モデル", "Modelo"),
    "col_size": ("Parameters", "パラメーター", "Parámetros"),
    "col_weights": ("At 4 bits", "4ビット時", "A 4 bits"),
    "col_needs": ("Needs", "必要メモリー", "Necesita"),
    "col_window": ("Context", "文脈長", "Contexto"),
    "col_takes": ("Takes", "入力", "Admite"),
    "col_thinks": ("Thinks", "思考", "Razona"),
    "col_here": ("Here", "この端末", "Aquí"),
    "takes_text": ("text", "文字", "texto"),
    "takes_pictures": ("pictures", "画像", "imágenes"),
    "takes_sound": ("sound", "音声", "sonido"),
    "about_gb": ("about {n} GB", "約{n} GB", "unos {n} GB"),
    "gb": ("{n} GB", "{n} GB", "{n} GB"),
    "yes": ("yes", "あり", "sí"),
    "no": ("no", "なし", "no"),
    "fit_gpu": ("runs on the GPU", "GPUで動作", "funciona en la GPU"),
    "fit_processor": ("fits", "動作可能", "cabe"),
    "fit_slow": ("fits, but slow", "動作可能(低速)", "cabe, pero lento"),
    "fit_no": ("too large", "大きすぎる", "demasiado grande"),
    "fit_unknown": ("size not known", "サイズ不明", "tamaño desconocido"),
    "installed": ("installed", "インストール済み", "instalado"),
    "best_here": ("best fit here", "この端末に最適", "lo mejor aquí"),
    "get": ("Get {name}", "{name}を入手", "Obtener {name}"),
    "pulling": ("Getting it: {percent} %", "ダウンロード中: {percent} %", "Descargando: {percent} %"),
    "pulling_size": ("{done} of {total} GB", "{total} GB中{done} GB", "{done} de {total} GB"),
    "pull_stopped": (
        "Stopped. What has come is kept; get it again to go on.",
        "中止しました。取得した分は残っており、もう一度入手すると続きから始まります。",
        "Detenido. Lo descargado se conserva; vuelve a pedirlo para seguir.",
    ),
    "good_gemma4:31b": (
        "the best answers; long and difficult documents",
        "最良の回答。長く難しい文書",
        "las mejores respuestas; documentos largos y difíciles",
    ),
    "good_gemma4:26b": ("nearly the best answers, and quick", "最良に近い回答を速く", "respuestas casi igual de buenas, y rápido"),
    "good_gemma4:12b": (
        "good answers on one consumer card; long documents",
        "一般的なGPU1枚で良い回答。長い文書",
        "buenas respuestas con una tarjeta corriente; documentos largos",
    ),
    "good_gemma4:e4b": ("everyday questions on a laptop", "ノートPCでの日常的な質問", "preguntas cotidianas en un portátil"),
    "good_gemma4:e2b": ("everyday questions without a GPU", "GPUなしでの日常的な質問", "preguntas cotidianas sin GPU"),
    "good_gemma3:27b": ("the previous generation's best", "前世代で最良", "lo mejor de la generación anterior"),
    "good_gemma3:12b": ("the previous generation on one card", "前世代をGPU1枚で", "la generación anterior en una tarjeta"),
    "good_gemma3:4b": (
        "simple questions on a small machine",
        "小さな端末での簡単な質問",
        "preguntas sencillas en un equipo pequeño",
    ),
    "good_gemma3n:e4b": ("text on a phone-class machine", "スマートフォン級の端末で文章を", "texto en un equipo como un teléfono"),
    "good_gemma3n:e2b": ("text on a phone-class machine", "スマートフォン級の端末で文章を", "texto en un equipo como un teléfono"),
    "good_gemma3:1b": (
        "short answers where nothing else fits",
        "ほかが収まらない端末での短い回答",
        "respuestas cortas donde no cabe otra cosa",
    ),
    "good_gemma3:270m": (
        "fine-tuning; the embedded reader is one",
        "追加学習用。内蔵モデルもその一つ",
        "ajuste fino; el lector integrado es uno",
    ),
}
