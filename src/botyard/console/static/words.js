// Times in words, as the server writes them (console/wording.py); in milliseconds here.

/** Return a length of time in its two largest units. */
export function duration(millis) {
  const value = Math.max(0, millis);
  if (value < 1000) return `${Math.floor(value)} ms`;
  if (value < 60_000) return `${(Math.floor(value / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(value / 1000);
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

/** Return a moment relative to now. */
export function ago(moment, now) {
  const distance = now - moment;
  if (Math.abs(distance) < 5000) return "just now";
  const words = rough(Math.abs(distance));
  return distance > 0 ? `${words} ago` : `in ${words}`;
}

function rough(millis) {
  const seconds = Math.floor(millis / 1000);
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
