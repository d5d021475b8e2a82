"""The review as a Streamlit page:  streamlit run streamlit_page.py -- STORE

Its own shortcuts press the buttons; a press is dealt with before the script runs again and shows the next. R is taken.
"""

from __future__ import annotations

import sys

import streamlit as st
from store import Store

VERDICTS = {"a": "correct", "u": "unanswerable", "x": "bad_question"}


@st.cache_resource
def opened() -> Store:
    return Store(sys.argv[1])


def judge(question: str, verdict: str) -> None:
    opened().save(question, verdict)
    st.session_state.position += 1


position = st.session_state.setdefault("position", 0)
question, context, answer = opened().item(position)
with st.container(key="question"):
    st.text(question)
st.text(context)
st.text(answer)
for column, (key, verdict) in zip(st.columns(len(VERDICTS)), VERDICTS.items(), strict=True):
    column.button(verdict, shortcut=key, on_click=judge, args=(question, verdict))
