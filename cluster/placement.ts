/**
 * Which member is best for a shard: a draw that every node makes alike, in which a member's chance is its share. Owns the
 * draw. Does not own what a view makes of it (view.ts).
 */

export interface Member {
  readonly id: string;
  /** Grows with each process, and with each lease that lapsed. */
  readonly incarnation: number;
  /** Whole share of the shards, 1 to 16; 0 for one that is leaving, and gives its shards away. */
  readonly weight: number;
  /** Stays behind when it is dead, so that its incarnation cannot come back. Its shards are others' then. */
  readonly isLive: boolean;
}

/** In place of a member's: there is none. */
export const nobody = 0xffff;

/** One 32-bit hash of a text: where a node's tickets in the draw for shards start. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/**
 * The best of a node's tickets for a shard. As many tickets as weight, so that a node's chance is exactly its share,
 * and in integers, so that every machine draws alike. Highest random weight.
 *
 * @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM ToN 6(1), 1998
 */
export function ticket(seed: number, weight: number, shard: number): number {
  let best = -1;
  for (let draw = 1; draw <= weight; draw++) {
    let hash = Math.imul(seed ^ Math.imul(shard + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(draw, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
    hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
    const drawn = (hash ^ (hash >>> 16)) >>> 0;
    if (drawn > best) best = drawn;
  }
  return best;
}

/** The best alone: asked for thousands of shards in one step, so without sorting. One that is leaving is the last. */
function first(members: readonly Member[], shard: number, isLeftOut: (place: number) => boolean): number[] {
  let [best, highest] = [nobody, -2];
  for (let place = 0; place < members.length; place++) {
    const { id, weight, isLive } = members[place] as Member;
    if (!isLive || isLeftOut(place)) continue;
    const drawn = ticket(seedOf(id), weight, shard);
    if (drawn <= highest) continue;
    best = place;
    highest = drawn;
  }
  return best === nobody ? [] : [best];
}

/** Live members' places in their order for a shard, the best first; at most `count`. */
export function ranked(
  members: readonly Member[],
  shard: number,
  count: number,
  isLeftOut: (place: number) => boolean = () => false,
): number[] {
  if (count === 1) return first(members, shard, isLeftOut);
  const order: { place: number; drawn: number }[] = [];
  for (const [place, { id, weight, isLive }] of members.entries())
    if (isLive && !isLeftOut(place)) order.push({ place, drawn: ticket(seedOf(id), weight, shard) });
  order.sort((one, other) => other.drawn - one.drawn || one.place - other.place);
  return order.slice(0, count).map(({ place }) => place);
}
