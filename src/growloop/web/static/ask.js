// The page Ask: a question goes out, an answer comes back, a verdict is saved; each on one key.

import * as api from "./api.js";
import { clearBeside, holdBeside } from "./beside.js";
import { dropLike, offerLike, seeLike } from "./like.js";
import { marked } from "./marks.js";
import { answerTold } from "./told.js";

const one = (selector, within = document) => within.querySelector(selector);
const field = (name, within) => one(`[data-field="${name}"]`, within);

const desk = one("#desk");
const words = JSON.parse(desk.dataset.words);
const askForm = one("#ask");
const card = one("#answer");
const judgeForm = one("#judge");
const correction = one("#correction");
const right = one("#right");
const said = one("#said");

let shown = judgeForm.elements.question.value ? readShown() : null; // what a verdict would be about
let judged = false; // whether it has been given
let saving = false;

document.documentElement.classList.add("js");

// what was saved in this tab, so that Z knows what to take back, even after a reload

const memory = `growloop:${desk.dataset.project}`;
const saved = JSON.parse(sessionStorage.getItem(memory) ?? "[]");

function remember(change) {
  change();
  sessionStorage.setItem(memory, JSON.stringify(saved.slice(-1000)));
}

// ask

askForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = askForm.elements.question.value.trim();
  if (!question || askForm.ariaBusy === "true") return;
  const stop = busy();
  try {
    const context = askForm.elements.context.value.trim() ? askForm.elements.context.value : null;
    present(await api.listen(question, context, (text) => tellSoFar(question, text)));
  } catch (error) {
    field("complaint").textContent = error.message;
    card.dataset.state = "failed";
  } finally {
    stop();
  }
  if (askForm.elements.question.value.trim() === question) lookAtAnswer(); // else the next one is being typed already
});

function lookAtAnswer() {
  card.focus({ preventScroll: true });
  if (card.getBoundingClientRect().top > innerHeight * 0.6) card.scrollIntoView(); // below the form on a narrow page
}

function busy() {
  const began = performance.now();
  const button = one("button", askForm);
  const tell = () => {
    const seconds = (performance.now() - began) / 1000;
    one("[data-busy]").textContent = seconds < 1 ? "Reading…" : `Reading… ${seconds.toFixed(0)} s`;
  };
  tell();
  const ticking = setInterval(tell, 1000);
  button.disabled = true;
  askForm.ariaBusy = card.ariaBusy = "true";
  card.dataset.state = "busy";
  clearBeside();
  tellPerson("");
  return () => {
    clearInterval(ticking);
    button.disabled = false;
    askForm.ariaBusy = card.ariaBusy = "false";
  };
}

// What is written of the answer so far: nothing can be said about it yet.
function tellSoFar(question, text) {
  if (card.dataset.state !== "speaking") {
    shown = null;
    settle(true);
    showCorrection(false);
    field("asked").textContent = question;
    field("abstained").hidden = true;
    field("sure").textContent = "";
    field("facts").textContent = "Writing…";
    field("answer").classList.remove("silent");
    card.dataset.state = "speaking";
  }
  sayIt(text);
}

function sayIt(answer) {
  field("answer").textContent = answer;
  field("answer").classList.toggle("long", answer.length > 80);
}

function present(reply) {
  const { question, context, answer, abstained, run, side } = reply;
  shown = { question, context, shown_answer: abstained ? "" : answer, run };
  settle(false);
  field("asked").textContent = question;
  sayIt(answer || "No answer");
  field("answer").classList.toggle("silent", abstained);
  field("abstained").hidden = !abstained;
  field("sure").replaceChildren(meter(reply.confidence), ` confidence ${reply.confidence.toFixed(2)}`);
  field("facts").textContent = answerTold(reply);
  one(".side-note [data-field=side]").textContent = `A verdict on this falls on ${words.sides[side]}.`;
  right.value = shown.shown_answer;
  showCorrection(false);
  card.dataset.state = "answered";
  showEvidence(reply);
  holdBeside(reply);
}

function meter(confidence) {
  const bar = Object.assign(document.createElement("meter"), { max: 1, value: confidence });
  bar.ariaHidden = "true";
  return bar;
}

function showEvidence({ passages, context, evidence, abstained }) {
  const read = passages.length || !context.trim() ? passages : [{ text: context, start: 0 }];
  field("evidence").hidden = read.length === 0;
  field("unmarked").hidden = evidence.length > 0 || abstained;
  field("passages").replaceChildren(
    ...read.map((passage) => {
      const row = one("#passage-row").content.cloneNode(true);
      one("blockquote", row).replaceChildren(...marked(passage.text, passage.start, evidence));
      const page = passage.page ? `, page ${passage.page}` : "";
      one("p", row).textContent = (passage.source ?? passage.entity ?? passage.id ?? "") + page;
      return row;
    }),
  );
  const [sentence] = field("passages").getElementsByTagName("mark");
  const place = sentence?.closest("blockquote");
  if (place) place.scrollTop = sentence.offsetTop - place.offsetTop - place.clientHeight / 3;
}

function readShown() {
  const { question, context, shown_answer, run } = judgeForm.elements;
  return { question: question.value, context: context.value, shown_answer: shown_answer.value, run: run.value || null };
}

// judge

judgeForm.addEventListener("submit", (event) => {
  event.preventDefault();
  judge(event.submitter?.value ?? "wrong");
});

one("[data-correct]").addEventListener("click", () => showCorrection(true));

function showCorrection(open) {
  if (open && (!shown || judged)) return;
  correction.classList.toggle("open", open);
  one("[data-correct]").ariaExpanded = String(open);
  if (open) {
    right.focus();
    right.select();
  }
}

async function judge(verdict) {
  if (!shown || judged || saving) return;
  const answers = verdict === "wrong" ? [right.value.trim()] : [];
  if (verdict === "wrong" && !answers[0]) {
    tellPerson("Write the right answer first. Where the context holds none, press Unanswerable.", { isBad: true });
    return;
  }
  saving = true;
  try {
    const verdictSaved = await api.save({ ...shown, verdict, answers });
    settle(true);
    showCorrection(false);
    remember(() => saved.push(verdictSaved.id));
    list(verdictSaved);
    tellPerson(`${words.verdicts[verdict]}, saved.`, { keys: "Z takes it back, Q goes to the next question." });
    if (verdict !== "correct") offerLike(verdictSaved.id);
    card.focus({ preventScroll: true });
    refreshStatus();
  } catch (error) {
    tellPerson(`Not saved. ${error.message}`, { isBad: true });
  } finally {
    saving = false;
  }
}

let fading;

function settle(given) {
  judged = given;
  for (const button of judgeForm.querySelectorAll(".verdicts button")) button.disabled = given;
}

function tellPerson(text, { isBad = false, keys = "" } = {}) {
  clearTimeout(fading);
  const hint = document.createElement("span");
  hint.className = "keys";
  hint.textContent = keys && ` ${keys}`;
  said.replaceChildren(...(text ? [text, hint] : []));
  said.classList.toggle("bad", isBad);
  if (!isBad) fading = setTimeout(() => (said.replaceChildren()), 8000); // the list keeps saying it
}

// the list

function list(verdict) {
  const row = one("#verdict-row").content.firstElementChild.cloneNode(true);
  row.dataset.id = verdict.id;
  row.classList.add("fresh");
  const chip = field("verdict", row);
  chip.textContent = words.verdicts[verdict.verdict];
  chip.className = `chip ${verdict.verdict}`;
  field("question", row).textContent = field("named", row).textContent = verdict.question;
  field("shown", row).textContent = verdict.shown_answer || "no answer";
  field("right", row).hidden = verdict.answers.length === 0;
  field("answers", row).textContent = verdict.answers.join(" · ");
  field("side", row).textContent = words.sides[verdict.side];
  field("side", row).className = `side ${verdict.side}`;
  field("at", row).dateTime = verdict.at;
  field("at", row).textContent = moment(verdict.at);
  field("by", row).textContent = verdict.by && ` · ${verdict.by}`;
  one("form", row).action = `/annotations/${verdict.id}/undo`;
  one("#list").prepend(row);
  one(".nothing").hidden = true;
  const total = one("[data-total]");
  total.textContent = (Number(total.textContent.replaceAll(",", "")) + 1).toLocaleString("en");
}

function moment(at) {
  const when = new Date(at);
  const part = (options) => when.toLocaleString("en", { timeZone: "UTC", ...options });
  const clock = when.toISOString().slice(11, 16);
  return `${when.getUTCDate()} ${part({ month: "short" })} ${when.getUTCFullYear()}, ${clock}`;
}

one("#list").addEventListener("submit", (event) => {
  event.preventDefault();
  takeBack(Number(event.target.closest("[data-id]").dataset.id));
});

async function takeBack(id) {
  if (saving) return;
  saving = true;
  try {
    await api.undo(id);
    const wasLast = saved.at(-1) === id;
    remember(() => saved.includes(id) && saved.splice(saved.indexOf(id), 1));
    strike(id);
    if (wasLast) dropLike();
    if (wasLast) settle(false); // the answer still on the page may be judged again
    tellPerson("Taken back. It stays on record, and nothing is learned from it.");
    refreshStatus();
  } catch (error) {
    tellPerson(`Not taken back. ${error.message}`, { isBad: true });
  } finally {
    saving = false;
  }
}

function strike(id) {
  const row = one(`[data-id="${id}"]`);
  if (!row) return;
  row.classList.remove("fresh");
  row.classList.add("withdrawn");
  one("button", row).hidden = true;
  one(".taken-back", row).hidden = false;
}

function undoLast() {
  if (saved.length) takeBack(saved.at(-1));
  else tellPerson("Nothing was saved from this tab yet. Older verdicts have an Undo of their own.");
}

async function refreshStatus() {
  try {
    const { waiting, next_step: step, because } = await api.status();
    const put = (name, text) => (one(`[data-status="${name}"]`).textContent = text);
    put("waiting", waiting);
    put("because", because);
    put("next_step", step);
    one('[data-status="plural"]').hidden = waiting === 1;
    one('[data-status="next"]').hidden = step === "growloop serve";
    desk.dataset.counted = "yes";
  } catch {
    // the strip keeps what it said; the next verdict refreshes it
  }
}

// keys; those that send a form are in enter.js

const shortcuts = {
  a: () => judge("correct"),
  c: () => showCorrection(true),
  u: () => judge("unanswerable"),
  z: undoLast,
  l: seeLike,
  q: () => {
    askForm.elements.question.focus();
    askForm.elements.question.select();
  },
};

const isTyping = (target) => target.closest?.("textarea, input, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.repeat) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape" && event.target === right) {
      showCorrection(false);
      card.focus({ preventScroll: true });
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = shortcuts[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});

if (desk.dataset.counted === "no") refreshStatus(); // the page is there before what waits is counted
