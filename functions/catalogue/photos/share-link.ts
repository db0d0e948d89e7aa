const driveFile = /^\/(?:file\/d\/|open$|uc$)/;
const driveId = /^[\w-]{10,100}$/;

/** The address of the file itself, for links that Google Drive and Dropbox give out to show it in a page. */
export function withoutSharePage(address: string): string {
  const url = URL.parse(address);
  if (url === null) return address;
  if (url.hostname === "drive.google.com" && driveFile.test(url.pathname)) {
    const id = url.searchParams.get("id") ?? url.pathname.split("/")[3] ?? "";
    return driveId.test(id) ? `https://drive.google.com/uc?export=download&id=${id}` : address;
  }
  if (url.hostname === "www.dropbox.com" || url.hostname === "dropbox.com") {
    url.searchParams.set("dl", "1");
    return url.href;
  }
  return address;
}
