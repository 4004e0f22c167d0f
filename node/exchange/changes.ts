/** Who wants to hear of changed lists and resources: older wire sessions, sockets, and modern listen streams. */
export type ListKind = "tools" | "prompts" | "resources";

export interface Listener {
  readonly persona: string;
  changed(kind: ListKind): void;
}

export class Changes {
  readonly #listeners = new Set<Listener>();

  add(listener: Listener): { close(): void } {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  publish(persona: string, kind: ListKind): void {
    for (const listener of this.#listeners) if (listener.persona === persona) listener.changed(kind);
  }
}

export const changedMethod: { readonly [Kind in ListKind]: string } = {
  tools: "notifications/tools/list_changed",
  prompts: "notifications/prompts/list_changed",
  resources: "notifications/resources/list_changed",
};
