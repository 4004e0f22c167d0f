/**
 * Reads each row of the view once for all nodes of the simulation. The store hands the very same bytes to each of them, views
 * are never written to, and a thousand copies of each would be most of what a large cluster takes here.
 */
import { withMembersOf } from "../../cluster/view.ts";
import type { View } from "../../cluster/view.ts";
import { decodeView } from "../../cluster/viewrow.ts";

export function readOnce(): (row: Uint8Array) => View | undefined {
  let last: View | undefined;
  const known = new WeakMap<Uint8Array, { readonly view: View | undefined }>();
  return (row) => {
    let read = known.get(row);
    if (read === undefined) {
      const view = decodeView(row);
      known.set(
        row,
        (read = { view: last === undefined || view === undefined ? view : withMembersOf(last, view) }),
      );
      last = read.view ?? last;
    }
    return read.view;
  };
}
