export const DOCUMENT_BYTES_MAX = 500_000;

const BEGINNINGS = [['image/jpeg', [0xff, 0xd8, 0xff]], ['image/png', [0x89, 0x50, 0x4e, 0x47]], ['application/pdf', [0x25, 0x50, 0x44, 0x46]]] as const;

export interface Picked {
  readonly mediaType: (typeof BEGINNINGS)[number][0];
  readonly bytes: Uint8Array;
  /** How large the file was. */
  readonly before: number;
}

/** Reads a picked file. What it is says its beginning, not its name; a picture that is too large is made smaller. */
export async function asDocument(file: File): Promise<Picked | 'unknown' | 'large'> {
  const beginning = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const mediaType = BEGINNINGS.find(([, signs]) => signs.every((sign, index) => beginning[index] === sign))?.[0];
  if (!mediaType) return 'unknown';
  if (file.size <= DOCUMENT_BYTES_MAX) return { mediaType, bytes: new Uint8Array(await file.arrayBuffer()), before: file.size };
  const smaller = mediaType === 'application/pdf' ? null : await shrunk(file);
  return smaller ? { mediaType: 'image/jpeg', bytes: new Uint8Array(await smaller.arrayBuffer()), before: file.size } : 'large';
}

/** Small print stays readable at this width; a telephone's picture has twice as much and more. */
const SIDES_PX = [2200, 1600, 1200] as const;
const QUALITY = 0.82;

async function shrunk(file: File): Promise<Blob | null> {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  try {
    for (const side of SIDES_PX) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
      const brush = canvas.getContext('2d');
      if (!brush) return null;
      // What is transparent in the picture would become black.
      brush.fillStyle = '#fff';
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
      if (blob.size <= DOCUMENT_BYTES_MAX) return blob;
    }
    return null;
  } finally {
    picture.close();
  }
}
