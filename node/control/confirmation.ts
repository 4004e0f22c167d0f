/** Which nodes of a cluster have confirmed what an operator ordered at this one. */
import type { Confirmed } from "../../cluster/orders.ts";

export interface Confirmation {
  /** Only in a cluster. */
  readonly nodes?: Confirmed;
}
