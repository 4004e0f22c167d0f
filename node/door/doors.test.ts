import { expect, test } from "vitest";
import { accepts, isJsonType, isUtf8Type } from "./doors.ts";

test("an Accept header admits a type by name, by its kind, or altogether; none admits all", () => {
  for (const header of [
    undefined,
    "*/*",
    "application/*",
    "text/html, application/json;q=0.5",
    "APPLICATION/JSON",
  ])
    expect({ header, accepts: accepts(header, "application/json") }).toEqual({ header, accepts: true });
  for (const header of ["", "text/*", "application/jsonx", "application/json-seq", "json", "application"])
    expect({ header, accepts: accepts(header, "application/json") }).toEqual({ header, accepts: false });
});

test("a body is JSON only if its type says so by itself", () => {
  for (const header of ["application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"])
    expect({ header, isJson: isJsonType(header) }).toEqual({ header, isJson: true });
  for (const header of [
    undefined,
    "",
    "text/plain",
    "application/json, text/plain",
    "application/jsonp",
    "text/json",
    "application/x-www-form-urlencoded",
  ])
    expect({ header, isJson: isJsonType(header) }).toEqual({ header, isJson: false });
});

test("a body is UTF-8 unless its type names another charset, once or behind a right one", () => {
  for (const header of [
    undefined,
    "application/json",
    "application/json; charset=utf-8",
    'application/json;Charset="UTF-8"',
    "application/json; charset=utf8; x=y",
    'application/json; charset="UTF8"',
    "application/json; x=utf-16",
    "application/json;",
  ])
    expect({ header, isUtf8: isUtf8Type(header) }).toEqual({ header, isUtf8: true });
  for (const header of [
    "application/json; charset=utf-16",
    "application/json;charset=UTF-7",
    'application/json; CHARSET="utf-16le"',
    "application/json; charset=utf-8; charset=utf-16",
    "application/json; charset",
    "application/json; charset=",
    "application/json; charset=iso-8859-1",
    "application/json; charset*=utf-8''utf-16",
    'application/json; charset="utf-8',
    "application/json; charset =utf-32",
  ])
    expect({ header, isUtf8: isUtf8Type(header) }).toEqual({ header, isUtf8: false });
});
