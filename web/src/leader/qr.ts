// A QR code as the path of a picture: a square of one unit for each dark module.
import qrcode from 'qrcode-generator';

export interface Picture {
  /** Width and height in modules, with the quiet border that readers need. */
  size: number;
  path: string;
}

const BORDER = 4;

export function picture(text: string): Picture {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  let path = '';
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) if (code.isDark(row, column)) path += `M${column + BORDER} ${row + BORDER}h1v1h-1z`;
  }
  return { size: count + 2 * BORDER, path };
}
