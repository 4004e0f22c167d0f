import { personNames } from "./things.ts";

/** Concepts that every kind of server has; alone they speak for none. */
export const general = new Set(["profile", "date", "user", "customer", "contact", "human", "math", "web", "employee", "company", "supplier", "school", "student", "candidate", "patient", "doctor", "price", "request", "link", "page", "map", "note", "participant", "passenger", ...personNames]); // prettier-ignore
