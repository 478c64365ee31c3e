// The service's clock, seen from a device whose own clock may be wrong.

/** Above so many milliseconds of difference the device's clock was set, and what was known of it is worth nothing. */
const JUMP = 2_000;
const TICK = 250;

export class Clock {
  /** The service's time in milliseconds; it moves four times a second while somebody looks at it. */
  now = $state(Date.now());
  private ahead = 0;
  private known = false;

  constructor() {
    setInterval(() => this.tick(), TICK);
  }

  /** Takes the time that the service has told (RFC 3339) in a message that came just now. */
  told(time: unknown): void {
    if (typeof time !== 'string') return;
    const ahead = Date.parse(time) - Date.now();
    if (Number.isNaN(ahead)) return;
    // Each message was on its way for a while, so the one that came fastest, with the greatest difference, is right.
    this.ahead = this.known && Math.abs(ahead - this.ahead) < JUMP ? Math.max(this.ahead, ahead) : ahead;
    this.known = true;
    this.tick();
  }

  private tick(): void {
    this.now = Date.now() + this.ahead;
  }
}

/** `1:05` of 65 seconds; `2:00:00` of two hours. Time that is over is `0:00`. */
export function remaining(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
