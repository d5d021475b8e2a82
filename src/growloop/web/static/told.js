// How counts and times are put on the pages that watch jobs.

export const number = (value) => value.toLocaleString("en");

export function stageTold({ stage, done, total }, secondsLeft) {
  const far = total ? ` ${number(done)} of ${number(total)}` : "";
  return `${stage}${far}${secondsLeft === null ? "" : ` · ${durationTold(secondsLeft)} left`}`;
}

function durationTold(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
