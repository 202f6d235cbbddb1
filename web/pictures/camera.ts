/** Owns the question whether a photo can be taken with this device. */

/** Whether there may be a camera. */
export function mayHaveCamera(): boolean {
  return isSecureContext && "mediaDevices" in navigator;
}
