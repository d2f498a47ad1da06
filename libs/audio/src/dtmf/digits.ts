/** The sixteen digits of ITU-T Q.23. */
export type DtmfDigit =
  | '0'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | '*'
  | '#'
  | 'A'
  | 'B'
  | 'C'
  | 'D';

/** The low group, Hz: the rows of a keypad. */
export const ROWS_HZ = [697, 770, 852, 941] as const;
/** The high group, Hz: its columns. */
export const COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;

const KEYPAD = '123A456B789C*0#D';
/** In the order of their event codes. */
const EVENTS = '0123456789*#ABCD';

/** The digit in a row and a column, 0 to 3 each. */
export const digitAt = (row: number, column: number): DtmfDigit => KEYPAD[4 * row + column] as DtmfDigit;

const isDigit = (digit: string): boolean => digit.length === 1 && EVENTS.includes(digit);

/** The two tones of a digit, Hz. @throws RangeError for anything else */
export const dtmfTonesHz = (digit: DtmfDigit): { lowHz: number; highHz: number } => {
  if (!isDigit(digit)) throw new RangeError(`"${digit}" is no DTMF digit; give one of ${EVENTS}`);
  const at = KEYPAD.indexOf(digit);
  return { lowHz: ROWS_HZ[Math.floor(at / 4)]!, highHz: COLUMNS_HZ[at % 4]! };
};

/** The code of a digit in telephone-event packets (RFC 4733, section 3.2), 0 to 15. @throws RangeError for anything else */
export const dtmfEventOf = (digit: DtmfDigit): number => {
  if (!isDigit(digit)) throw new RangeError(`"${digit}" is no DTMF digit; give one of ${EVENTS}`);
  return EVENTS.indexOf(digit);
};

/** The digit of such a code; undefined for an event that is no digit. */
export const dtmfDigitOf = (event: number): DtmfDigit | undefined => EVENTS[event] as DtmfDigit | undefined;
