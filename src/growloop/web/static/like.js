// After a correction: the examples it may be true of as well, as a link to where they are looked through.

import * as api from "./api.js";

const link = document.querySelector("#like");
let latest = null; // the verdict that the link is about, or will be once the server has looked

export async function offerLike(id) {
  dropLike();
  latest = id;
  const { examples } = await api.like(id).catch(() => ({ examples: [] })); // the verdict is saved: that is what counts
  if (latest !== id || !examples.length) return;
  link.href = `/annotations/${id}/like`;
  link.querySelector("[data-like]").textContent = examples.length;
  link.hidden = false;
}

export function dropLike() {
  latest = null;
  link.hidden = true;
}

export const seeLike = () => link.hidden || link.click();
