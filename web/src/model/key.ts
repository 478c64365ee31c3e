/** A text that nobody makes up twice, 35 characters long: what is sent twice under the same one counts once. */
export function madeUp(): string {
  // `crypto.randomUUID` is not there without https.
  return [...crypto.getRandomValues(new Uint32Array(4))].map(word => word.toString(16).padStart(8, '0')).join('-');
}
