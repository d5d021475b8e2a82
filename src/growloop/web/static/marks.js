// A text with what it is evidence for marked in it.

// The nodes of a text that begins at a character of what was read. Places count characters, as the server does.
export function marked(text, start, evidence) {
  const letters = [...text];
  const ours = evidence
    .map(({ start: from, end, kind }) => [Math.max(from - start, 0), Math.min(end - start, letters.length), kind])
    .filter(([from, end]) => from < end);
  const cuts = [...new Set([0, letters.length, ...ours.flatMap(([from, end]) => [from, end])])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, number) => {
    const from = cuts[number];
    const kinds = ours.filter(([first, last]) => first <= from && end <= last).map(([, , kind]) => kind);
    const part = letters.slice(from, end).join("");
    return kinds.length ? Object.assign(document.createElement("mark"), { className: kinds.join(" "), textContent: part }) : part;
  });
}
