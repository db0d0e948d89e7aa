import { requestProperty, xmpNamespace } from "../../shared/image-files/xmp-request.ts";

const sourceTypes = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/**
 * XMP packet that marks a generated image: IPTC's type of source, China's label, and the program.
 * @see IPTC Photo Metadata 2023.2, Digital Source Type; ISO 16684-1, 7
 */
export function xmpPacket({
  id,
  aigc,
  request,
  isComposite,
  model,
}: {
  readonly id: string;
  readonly aigc: string;
  readonly request?: string;
  readonly isComposite: boolean;
  readonly model: string;
}): string {
  const sourceType = isComposite ? "compositeWithTrainedAlgorithmicMedia" : "trainedAlgorithmicMedia";
  const properties: [string, string | undefined][] = [
    ["xmp:CreatorTool", `Z-Image pipeline, ${model}`],
    ["xmpMM:DocumentID", `xmp.did:${id}`],
    ["Iptc4xmpExt:DigitalSourceType", sourceTypes + sourceType],
    ["TC260:AIGC", aigc],
    [`zimage:${requestProperty}`, request],
  ];
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
    ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"',
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    ' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"',
    ` xmlns:zimage="${xmpNamespace}">`,
    ...properties.flatMap(([name, value]) => (value === undefined ? [] : [`<${name}>${escaped(value)}</${name}>`])),
    "</rdf:Description>",
    "</rdf:RDF>",
    "</x:xmpmeta>",
    '<?xpacket end="r"?>',
  ].join("\n");
}

/** Control characters that XML 1.0 does not allow are no loss in a text for people. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
