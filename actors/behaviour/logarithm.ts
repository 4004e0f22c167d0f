/**
 * ln(1 + n) with the four operations alone, so that every machine gives the same digits: Math.log need not be right to the
 * last one.
 */
const ln2 = 0.6931471805599453;

/** @param n 0 or more */
export function ln1p(n: number): number {
  let rest = 1 + n;
  let halvings = 0;
  while (rest >= 2) {
    rest /= 2;
    halvings++;
  }
  // ln(x) = 2 artanh((x - 1) / (x + 1)); the argument is a third at most, so 17 terms are enough for a double.
  const s = (rest - 1) / (rest + 1);
  const square = s * s;
  let power = s;
  let sum = 0;
  for (let odd = 1; odd < 35; odd += 2) {
    sum += power / odd;
    power *= square;
  }
  return halvings * ln2 + 2 * sum;
}
