// Where in the page one is, told by what is behind the #, so that "back" works and a reload stays.
//
// `#/runs` is the list of all seats, `#/seat/<run user>` one of them, `#/seat/<run user>/world/<pk>` a world that a leader looks at, `…/projector` what a class may see.

/** How long a page that is being built up is left alone, in milliseconds. */
const SETTLED = 1_000;

function parts(): string[] {
  return location.hash.replace(/^#\/?/, '').split('/').filter(Boolean);
}

class Route {
  private path = $state.raw(parts());

  constructor() {
    addEventListener('hashchange', () => { this.path = parts(); });
  }

  /** Goes to a seat. The address says so a moment later: to write it takes a slow phone longer than one would think. */
  enter(seat: number): void {
    this.path = ['seat', String(seat)];
    setTimeout(() => {
      if (this.seat === seat && parts().length === 0) location.hash = to(seat).slice(1);
    }, SETTLED);
  }

  get seat(): number | null {
    return this.path[0] === 'seat' ? Number(this.path[1]) || null : null;
  }

  /** All runs are meant, also where there is one alone. */
  get runs(): boolean {
    return this.path[0] === 'runs';
  }

  get world(): number | null {
    return this.path[2] === 'world' ? Number(this.path[3]) || null : null;
  }

  get projector(): boolean {
    return this.path[this.path.length - 1] === 'projector';
  }
}

export const route = new Route();

/** The address of a seat, or of something about it. */
export function to(seat: number | null, ...rest: (string | number)[]): string {
  return seat === null ? '#/' : `#/${['seat', seat, ...rest].join('/')}`;
}
