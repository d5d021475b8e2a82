"""The review as a Gradio page:  python gradio_page.py STORE PORT

Written to be quick: no queue, no progress shown, one round trip for each verdict. Keys press the buttons by a script.
"""

from __future__ import annotations

import sys
from typing import Any

import gradio as gr
from store import Store

store = Store(sys.argv[1])
VERDICTS = {"a": "correct", "u": "unanswerable", "r": "bad_question"}
KEYS = """<script>
document.addEventListener("keydown", ({ key }) => document.getElementById(`verdict-${key}`)?.click());
</script>"""


def judge(position: int, verdict: str) -> tuple[Any, ...]:
    store.save(store.item(position)[0], verdict)
    return position + 1, *store.item(position + 1)


first = store.item(0)
with gr.Blocks(title="Review") as page:
    position = gr.State(0)
    question = gr.Markdown(first[0], elem_id="question")
    context = gr.Textbox(first[1], label="Context", interactive=False)
    answer = gr.Textbox(first[2], label="Answer", interactive=False)
    with gr.Row():
        for key, verdict in VERDICTS.items():
            button = gr.Button(f"{verdict} ({key})", elem_id=f"verdict-{key}")
            button.click(
                lambda at, verdict=verdict: judge(at, verdict),
                inputs=[position],
                outputs=[position, question, context, answer],
                queue=False,
                show_progress="hidden",
            )

page.launch(server_name="127.0.0.1", server_port=int(sys.argv[2]), head=KEYS, quiet=True)
