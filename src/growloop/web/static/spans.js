// Marking an answer in a text: with the mouse, or word by word with the arrow keys. What is marked is the selection.

// Tells `onChange` what is chosen and `onTake` what is to be the answer; whole words always.
export function markable(place, { onChange, onTake }) {
  let from = 0;
  let to = 0;

  place.addEventListener("mouseup", () => {
    const chosen = getSelection();
    if (chosen.isCollapsed || !place.contains(chosen.anchorNode) || !place.contains(chosen.focusNode)) return;
    const range = chosen.getRangeAt(0);
    const touched = words().flatMap(([start, end], number) => (start < range.endOffset && end > range.startOffset ? [number] : []));
    if (!touched.length) return;
    [from, to] = [touched[0], touched.at(-1)];
    onTake(choose());
  });

  place.addEventListener("focus", () => {
    if (getSelection().isCollapsed && words().length) [from, to] = [0, 0];
  });

  place.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || (!step && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) return onTake(choose());
    to = Math.max(0, Math.min(to + step, words().length - 1));
    if (!event.shiftKey) from = to;
    onChange(choose());
  });

  const text = () => place.firstChild?.data ?? "";
  const words = () => [...text().matchAll(/[\p{L}\p{N}]+(?:[.,'’:/-][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]+/gu)].map(({ index, 0: word }) => [index, index + word.length]);

  function choose() {
    const known = words();
    if (!known.length) return "";
    const [start, end] = [known[Math.min(from, to)][0], known[Math.max(from, to)][1]];
    getSelection().setBaseAndExtent(place.firstChild, start, place.firstChild, end);
    show(getSelection().getRangeAt(0).getBoundingClientRect());
    return text().slice(start, end);
  }

  function show({ top, bottom }) {
    const seen = place.getBoundingClientRect();
    if (top < seen.top || bottom > seen.bottom) place.scrollTop += top - seen.top - seen.height / 3;
  }
}
