// The page Review: what waits is judged one after the other, each on one key.

import * as api from "./api.js";
import { areShown } from "./keys.js";
import { dropLike, offerLike, seeLike } from "./like.js";
import { markable } from "./spans.js";
import { durationTold, number } from "./told.js";

const one = (selector, within = document) => within.querySelector(selector);
const field = (name) => one(`[data-field="${name}"]`);

const main = one("#review");
const words = JSON.parse(main.dataset.words);
const form = one("#judge");
const right = one("#right");
const note = one("#note");
const said = one("#said");

const BATCH = 5; // what is fetched is before nobody else meanwhile
let waiting = []; // what is ours to judge, in its order; the first is shown
let total = 0;
let skipped = []; // ids of what was put off: the others come first
let saving = false;
let turns = 0; // verdicts given and taken back: the total is another after each
const saved = []; // of { id, example }: what Z takes back
const taken = []; // milliseconds that each of them took
const PAUSE = 120_000; // whoever takes so long was away
let began = performance.now();

document.documentElement.classList.add("js");

// what waits

let fetching = null;
const fetchMore = () => (fetching ??= fetchNow().finally(() => (fetching = null)));

async function fetchNow() {
  const [keep, before] = [waiting.map(({ id }) => id), turns];
  const { examples, total: all } = await api.take({ limit: BATCH, keep, but: [...keep, ...skipped] });
  const known = new Set([...waiting, ...saved.map(({ example }) => example)].map(({ id }) => id).concat(skipped));
  waiting.push(...examples.filter(({ id }) => !known.has(id)));
  if (before === turns) total = all; // else it was counted before the verdict that came meanwhile
}

async function present() {
  if (waiting.length) {
    if (waiting.length < 3 && waiting.length + skipped.length < total) fetchMore().catch(() => {}); // the next key tries again
  } else {
    await fetchFirst().catch((error) => tell(error.message, { isBad: true }));
  }
  main.dataset.state = waiting.length ? "one" : "none";
  one("[data-undo]").hidden = saved.length === 0;
  for (const place of document.querySelectorAll("[data-total]")) place.textContent = total.toLocaleString("en");
  tellPace();
  if (waiting.length) show(waiting[0]);
}

// How far it is, and how long the rest takes at the usual pace: the median of the last twenty.
function tellPace() {
  const usual = taken.slice(-20).toSorted((a, b) => a - b)[Math.floor(Math.min(taken.length, 20) / 2)];
  const pace = usual ? ` · ${(usual / 1000).toFixed(usual < 10_000 ? 1 : 0)} s each` : "";
  const left = usual && total ? ` · ${durationTold((usual * total) / 1000)} left` : "";
  field("pace").textContent = `${number(saved.length)} done here${pace}${left}`;
  Object.assign(one(".pace progress"), { max: Math.max(saved.length + total, 1), value: saved.length });
}

async function fetchFirst() {
  await fetchMore();
  if (waiting.length || !skipped.length) return;
  skipped = [];
  await fetchMore();
}

function show({ question, context, answers, proposed, status, reason, side }) {
  field("question").textContent = field("heard").textContent = question;
  field("context").textContent = context || "Nothing to read.";
  field("context").scrollTop = 0;
  field("place").textContent = (skipped.length + 1).toLocaleString("en");
  field("status").textContent = status === "draft" ? "Draft" : "Label";
  const nothing = proposed ? "Unanswerable" : "No answer yet";
  field("answer").textContent = answers.join(" / ") || nothing;
  field("answer").classList.toggle("silent", answers.length === 0);
  field("answer").classList.toggle("long", answers.join(" / ").length > 80);
  field("reason").textContent = reason;
  field("side").textContent = words.sides[side];
  one("[value=correct]", form).disabled = !proposed;
  right.value = answers[0] ?? "";
  note.value = "";
  showCorrection(false);
  showNote(false);
  began = performance.now();
}

// judging

form.addEventListener("submit", (event) => {
  event.preventDefault();
  judge(event.submitter?.value ?? "wrong");
});

async function judge(verdict) {
  const [example] = waiting;
  if (saving || !example || (verdict === "correct" && !example.proposed)) return;
  const answers = verdict === "wrong" ? [right.value.trim()] : [];
  if (answers[0] === "") return right.focus();
  saving = true;
  try {
    const { question, context, id } = example;
    const said = { verdict, answers, note: note.value.trim() };
    const judged = { question, context, shown_answer: example.answers[0] ?? "", example: id, ...said };
    saved.push({ id: (await api.save(judged)).id, example });
    if (performance.now() - began < PAUSE) taken.push(performance.now() - began);
    if (verdict === "wrong" || verdict === "unanswerable") offerLike(saved.at(-1).id);
    await goOn(SAVED[verdict]);
  } catch (error) {
    if (error.status === OVERTAKEN) await goOn(error.message, { isBad: true });
    else tell(`Not saved. ${error.message}`, { isBad: true });
  } finally {
    saving = false;
  }
}

const OVERTAKEN = 409; // somebody else was first: what they said stands

async function goOn(text, how) {
  waiting.shift();
  total -= 1;
  turns += 1;
  tell(text, how);
  await present();
  one("#draft").focus({ preventScroll: true });
}

const SAVED = {
  correct: "Accepted.",
  wrong: "Saved with your answer.",
  unanswerable: "Saved as unanswerable.",
  bad_question: "Rejected.",
};

async function undo() {
  if (saving || !saved.length) return;
  saving = true;
  try {
    const { id, example } = saved.at(-1);
    await api.undo(id);
    saved.pop();
    dropLike();
    waiting.unshift(example);
    total += 1;
    turns += 1;
    tell("Taken back: here it is again.");
    await present();
  } catch (error) {
    tell(`Not taken back. ${error.message}`, { isBad: true });
  } finally {
    saving = false;
  }
}

async function skip() {
  if (saving || !waiting.length) return;
  skipped.push(waiting.shift().id);
  await present();
}

function showCorrection(open) {
  if (open && !waiting.length) return;
  one("#correction").classList.toggle("open", open);
  one("[data-correct]").ariaExpanded = String(open);
  if (open) {
    right.focus();
    right.select();
  }
}

function showNote(open) {
  one("#noting").classList.toggle("open", open);
  one("[data-note]").ariaExpanded = String(open);
  if (open) note.focus();
}

note.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" && event.key !== "Enter") return;
  event.preventDefault();
  event.stopPropagation(); // a note goes along with the verdict, it is none
  one("#draft").focus({ preventScroll: true });
});

// an answer is marked in the context, where the model answers so

const place = field("context");
const marksSpans = main.dataset.marks === "yes";
if (marksSpans)
  markable(place, {
    onChange: (text) => (one("#marked").textContent = text),
    onTake: (text) => {
      if (!text || !waiting.length) return;
      showCorrection(true);
      right.value = text;
    },
  });

function tell(text, { isBad = false } = {}) {
  said.textContent = text;
  said.classList.toggle("bad", isBad);
  clearTimeout(tell.ends);
  if (!isBad) tell.ends = setTimeout(() => (said.textContent = ""), 2500);
}

one("[data-correct]").addEventListener("click", () => showCorrection(true));
one("[data-note]").addEventListener("click", () => showNote(true));
one("[data-undo]").addEventListener("click", undo);
one("[data-skip]").addEventListener("click", (event) => {
  event.preventDefault();
  skip();
});

// keys; those that send a form are in enter.js

const shortcuts = {
  a: () => judge("correct"),
  c: () => showCorrection(true),
  u: () => judge("unanswerable"),
  r: () => judge("bad_question"),
  s: skip,
  z: undo,
  l: seeLike,
  n: () => waiting.length && showNote(true),
  m: () => marksSpans && place.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.repeat || areShown()) return;
  if (event.target.closest?.("textarea")) {
    if (event.key !== "Escape") return;
    showCorrection(false);
    one("#draft").focus({ preventScroll: true });
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = shortcuts[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  loaded.then(act); // a key that comes before the queue has is not lost
});

total = 1; // not known yet
const loaded = present();
