// After a correction: the examples it may be true of as well, as a link to where they are looked through.

import * as api from "./api.js";

const link = document.querySelector("#like");
const PAUSE = 400; // milliseconds: whoever judges on at once does not look, and looking costs the server something
let latest = null; // the verdict that the link is about, or will be once the server has looked
let timer = null; // runs until the server is asked

export function offerLike(id) {
  dropLike();
  latest = id;
  putOffLike({ first: true });
}

export function putOffLike({ first = false } = {}) {
  if (!first && !timer) return;
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

async function look() {
  timer = null;
  const id = latest;
  const { examples } = await api.like(id).catch(() => ({ examples: [] })); // the verdict is saved: that is what counts
  if (latest !== id || !examples.length) return;
  link.href = `/annotations/${id}/like`;
  link.querySelector("[data-like]").textContent = examples.length;
  link.hidden = false;
}

export function dropLike() {
  clearTimeout(timer);
  timer = latest = null;
  link.hidden = true;
}

export async function seeLike() {
  if (timer) {
    clearTimeout(timer);
    await look();
  }
  if (!link.hidden) link.click();
}
