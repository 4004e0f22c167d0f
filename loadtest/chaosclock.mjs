// For a node whose wall clock is wrong: `node --import chaosclock.mjs`, with GATEHOUSE_CLOCK_OFF_MS milliseconds added to it.
const off = Number(process.env["GATEHOUSE_CLOCK_OFF_MS"] ?? 0);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + off);
    else super(...given);
  }
  static now() {
    return RealDate.now() + off;
  }
};
