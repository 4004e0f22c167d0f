/**
 * Bounds of what the foreign set shows. Its sessions are few cases and few goals in many seeds and styles, and those of one case share
 * their fate: drawn again are whole cases and whole goals, not sessions. Owns the draw.
 */
import { drawOf, type Draw } from "./foreign/slots.ts";

const resamples = 400;

/** So many clusters as there are, each drawn with the others left in. */
function redrawn<Row>(clusters: readonly (readonly Row[])[], draw: Draw): readonly Row[] {
  return clusters.flatMap(() => clusters[draw(clusters.length)] ?? []);
}

function clustersOf<Row>(rows: readonly Row[], nameOf: (row: Row) => string): readonly (readonly Row[])[] {
  return [...Map.groupBy(rows, nameOf).values()];
}

/** The figure, and between which it lies in 95 of 100 draws of whole clusters of both kinds. */
export function withBounds<Row>(
  of: readonly [rows: readonly Row[], nameOf: (row: Row) => string][],
  figure: (...samples: (readonly Row[])[]) => number,
): string {
  const draw = drawOf(1);
  const kinds = of.map(([rows, nameOf]) => clustersOf(rows, nameOf));
  const drawn = Array.from({ length: resamples }, () =>
    figure(...kinds.map((clusters) => redrawn(clusters, draw))),
  ).sort((one, other) => one - other);
  const at = (share: number): string => (drawn[Math.floor(share * (resamples - 1))] ?? NaN).toFixed(3);
  return `${figure(...of.map(([rows]) => rows)).toFixed(3)} [${at(0.025)}, ${at(0.975)}]`;
}
