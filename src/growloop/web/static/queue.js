// The page Review: what waits is judged one after the other, each on one key.

import * as api from "./api.js";
import { areShown } from "./keys.js";
import { dropLike, offerLike, putOffLike, seeLike } from "./like.js";
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
let saving = null; // the verdict on its way to the disk: the next is shown meanwhile, and not judged before it is there
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
  if (!waiting.length) await fetchFirst().catch((error) => tell(error.message, { isBad: true }));
  refill();
  draw();
}

function refill() {
  if (!waiting.length || waiting.length > 2 || waiting.length + skipped.length >= total) return;
  fetchMore().catch(() => {}); // the next key tries again
}

function draw() {
  main.dataset.state = waiting.length ? "one" : "none";
  tellFar();
  if (waiting.length) show(waiting[0]);
}

function tellFar() {
  one("[data-undo]").hidden = saved.length === 0;
  for (const place of document.querySelectorAll("[data-total]")) place.textContent = number(total);
  tellPace();
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

function show(example) {
  const { question, context, answers, proposed, status, reason, side } = example;
  const typed = example.typed ?? { answer: answers[0] ?? "", note: "", isOpen: false };
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
  right.value = typed.answer;
  note.value = typed.note;
  showCorrection(typed.isOpen);
  showNote(typed.note !== "");
  delete example.typed;
  began = performance.now();
}

// judging

form.addEventListener("submit", (event) => {
  event.preventDefault();
  judge(event.submitter?.value ?? "wrong");
});

async function judge(verdict) {
  const [example] = waiting;
  if (!example || (verdict === "correct" && !example.proposed)) return;
  const answers = verdict === "wrong" ? [right.value.trim()] : [];
  if (answers[0] === "") return right.focus();
  const said = { verdict, answers, note: note.value.trim() };
  const spent = performance.now() - began;
  while (saving) await saving;
  if (waiting[0] !== example) return; // an earlier key has judged it, or the one before came back
  saving = save(example, said, spent).finally(() => (saving = null));
}

// The next is shown while the verdict is on its way; that it is saved is said once it is on disk.
async function save(example, said, spent) {
  const { question, context, id } = example;
  main.dataset.saving = "yes";
  const slow = setTimeout(() => tell("Saving…"), 300);
  const sent = api.save({ question, context, shown_answer: example.answers[0] ?? "", example: id, ...said });
  putOffLike();
  leave(example);
  try {
    saved.push({ id: (await sent).id, example });
    if (spent < PAUSE) taken.push(spent);
    if (said.verdict === "wrong" || said.verdict === "unanswerable") offerLike(saved.at(-1).id);
    tell(SAVED[said.verdict]);
  } catch (error) {
    if (error.status !== OVERTAKEN) bringBack(example, said);
    tell(error.status === OVERTAKEN ? error.message : `Not saved. ${error.message}`, { isBad: true });
  } finally {
    clearTimeout(slow);
    delete main.dataset.saving;
  }
  if (!waiting.length) return present();
  tellFar();
  refill();
}

const OVERTAKEN = 409; // somebody else was first: what they said stands

function leave(example) {
  waiting.shift();
  total -= 1;
  turns += 1;
  if (waiting.length) draw(); // else there is nothing to show before the server has been asked
  one("#draft").focus({ preventScroll: true });
}

// What could not be saved is before the person again, with what they wrote; so is, later, what they wrote meanwhile.
function bringBack(example, { verdict, answers, note: noted }) {
  if (waiting.length) waiting[0].typed = typedNow();
  example.typed = { answer: answers[0] ?? example.answers[0] ?? "", note: noted, isOpen: verdict === "wrong" };
  waiting.unshift(example);
  total += 1;
  turns += 1;
  draw();
}

const typedNow = () => ({
  answer: right.value,
  note: note.value,
  isOpen: one("#correction").classList.contains("open"),
});

addEventListener("beforeunload", (event) => saving && event.preventDefault());

const SAVED = {
  correct: "Accepted.",
  wrong: "Saved with your answer.",
  unanswerable: "Saved as unanswerable.",
  bad_question: "Rejected.",
};

async function undo() {
  while (saving) await saving;
  if (saved.length) saving = takeBack().finally(() => (saving = null));
}

async function takeBack() {
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
  }
}

async function skip() {
  const [example] = waiting;
  while (saving) await saving;
  if (!example || waiting[0] !== example) return;
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
