// What the fixture's sessions sent on their streams, kept so that a client may come back with Last-Event-ID.
import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";

const eventsMax = 1024; // per session; the suite sends a few dozen

interface StoredEvent {
  readonly streamId: string;
  readonly message: JSONRPCMessage;
}

/** Event ids are `{stream}~{number}`: unique in the session, and they name their stream (2025-11-25, transports). */
export function createEventStore(): EventStore {
  const events = new Map<string, StoredEvent>();
  let count = 0;

  return {
    storeEvent(streamId, message) {
      count += 1;
      const eventId = `${streamId}~${count}`;
      events.set(eventId, { streamId, message });
      const oldest = events.keys().next();
      if (events.size > eventsMax && !oldest.done) events.delete(oldest.value);
      return Promise.resolve(eventId);
    },

    getStreamIdForEventId(eventId) {
      return Promise.resolve(events.get(eventId)?.streamId);
    },

    async replayEventsAfter(lastEventId, { send }) {
      const streamId = events.get(lastEventId)?.streamId;
      if (streamId === undefined) throw new Error(`no such event: ${lastEventId}`);
      const ids = [...events.keys()]; // a copy: more may be stored while these are sent
      for (const eventId of ids.slice(ids.indexOf(lastEventId) + 1)) {
        const event = events.get(eventId);
        if (event?.streamId === streamId && isSubstantial(event.message)) await send(eventId, event.message);
      }
      return streamId;
    },
  };
}

/** The event that opens a stream carries an id and nothing else; it is not replayed. */
function isSubstantial(message: JSONRPCMessage): boolean {
  return Object.keys(message).length > 0;
}
