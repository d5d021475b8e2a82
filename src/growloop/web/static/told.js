// How counts, times and answers are put, the same on all pages.

export const number = (value) => value.toLocaleString("en");

export function stageTold({ stage, done, total }, secondsLeft) {
  const far = total ? ` ${number(done)} of ${number(total)}` : "";
  return `${stage}${far}${secondsLeft === null ? "" : ` · ${durationTold(secondsLeft)} left`}`;
}

export function durationTold(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export const answerTold = ({ seconds, model, run, iteration }) =>
  [secondsTold(seconds), model, !run ? "untrained" : iteration === null ? run : `iteration ${iteration}`].join(" · ");

const secondsTold = (seconds) => (seconds < 0.1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`);
