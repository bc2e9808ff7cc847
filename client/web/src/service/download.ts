// Files that the reader takes away.

export function download(
  name: string,
  content: BlobPart[],
  type: string,
): void {
  const address = URL.createObjectURL(new Blob(content, { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = safeFileName(name);
  link.click();
  // The browser has taken the bytes by the next task.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

// No path, nothing hidden, no control characters.
export function safeFileName(name: string): string {
  const safe = name.slice(0, 200).replace(/[/\\\u0000-\u001f\u007f]/g, "_");
  return safe.replace(/^[.-]/, "_") || "document";
}
