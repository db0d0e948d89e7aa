/** A text in the two languages that people read here. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/**
 * What can be wrong with a catalogue file, with one of its rows, or with the plan made for it; and what is worth saying
 * though nothing is wrong. `{name}` is filled in from the values of the problem.
 */
export const problemMessages = {
  // The file as a whole.
  file_empty: {
    en: "the file has no bytes; export it again and upload the new file",
    zh: "文件为空（0 字节）；请重新导出后再上传。",
  },
  no_rows: {
    en: "the file has no row below its header (header: {value}); export it again with its products",
    zh: "文件的表头（{value}）下面没有数据行；请重新导出并包含商品。",
  },
  not_a_catalogue: {
    en: "the file is {found}, not a table of products; {remedy}",
    zh: "该文件是{found}，不是商品表格；{remedy}。",
  },
  xls_unsupported: {
    en: "the file is {found}, which is not read; open it in Excel, WPS or LibreOffice and save it as .xlsx or CSV",
    zh: "该文件是{found}，无法读取；请用 Excel、WPS 或 LibreOffice 打开后另存为 .xlsx 或 CSV。",
  },
  file_encrypted: {
    en: "the file is protected by a password; remove the password in Excel or WPS and upload it again",
    zh: "文件受密码保护；请在 Excel 或 WPS 中取消密码后重新上传。",
  },
  file_damaged: {
    en: "the file cannot be read to its end: {value}; export or upload it again",
    zh: "文件已损坏，无法完整读取：{value}；请重新导出或重新上传。",
  },
  file_inflates_too_much: {
    en: "the file unpacks to more than is allowed: {value}; the limit is {limit}. Delete pictures and empty rows, or split it",
    zh: "文件解压后超过上限：{value}，上限为 {limit}；请删除图片和空行，或拆分文件。",
  },
  file_too_large: {
    en: "the file has {value} bytes; the limit is {limit}. Split it into several files",
    zh: "文件有 {value} 字节，上限为 {limit}；请拆分为多个文件。",
  },
  file_unsafe_xml: {
    en: "the file holds a document type definition (DOCTYPE), which no catalogue needs; remove it and upload the file again",
    zh: "文件包含文档类型定义（DOCTYPE），商品表不需要它；请删除后重新上传。",
  },
  too_many_columns: {
    en: "line {line} has more than {limit} columns ({value}); delete the columns that are not needed",
    zh: "第 {line} 行超过 {limit} 列（{value}）；请删除不需要的列。",
  },
  too_many_products: {
    en: "the file has more than {limit} {what}; split it into several files",
    zh: "文件中的{what}超过 {limit}；请拆分为多个文件。",
  },
  cell_too_large: {
    en: "line {line} holds a cell of more than {limit} characters, beginning {value}; shorten it, or look for a quote that is never closed",
    zh: "第 {line} 行有一个单元格超过 {limit} 个字符，开头为 {value}；请缩短内容，或检查是否有未闭合的引号。",
  },
  upload_incomplete: {
    en: "the upload lacks bytes from {value} on; send the missing parts again",
    zh: "上传不完整，缺少从 {value} 开始的字节；请重新发送缺少的分片。",
  },
  encoding_unknown: {
    en: "encoding {value} is not known; give one of {known}",
    zh: "未知编码 {value}；可用的编码：{known}。",
  },
  sheet_not_found: {
    en: "the file has no sheet {value}; its sheets are {known}",
    zh: "文件中没有工作表 {value}；现有工作表：{known}。",
  },
  header_row_not_found: {
    en: "header_row {value} is not a line with texts among the first {limit} records; the header was looked for there",
    zh: "header_row {value} 不是前 {limit} 条记录中的有效表头行。",
  },
  file_gone: {
    en: "the file was deleted before it was read: {value}; upload it again and make another run",
    zh: "文件在读取前已被删除：{value}；请重新上传并新建任务。",
  },
  source_url_forbidden: {
    en: "the address {value} is not fetched: {why}; give an https address that is open to everybody, or upload the file",
    zh: "不允许访问网址 {value}（{why}）；请提供任何人都能打开的 https 网址，或直接上传文件。",
  },
  source_unreachable: {
    en: "{value} did not respond: {why}; check that the address opens in a browser, or upload the file",
    zh: "{value} 没有响应（{why}）；请确认该网址能在浏览器中打开，或直接上传文件。",
  },
  source_status: {
    en: "{value} responds with status {status}, expected 200; correct the address, or upload the file",
    zh: "{value} 返回状态 {status}，应为 200；请修改网址，或直接上传文件。",
  },
  // The plan.
  profile_unknown: {
    en: "profile {value} is not known; give one of {known}",
    zh: "未知的导出格式 {value}；可用：{known}。",
  },
  mapping_column_unknown: {
    en: "{field} is mapped to column {value}, which the file does not have; {suggestion}",
    zh: "{field} 映射到列 {value}，但文件中没有这一列；{suggestion}。",
  },
  sku_column_unknown: {
    en: "no column is certain to hold the SKU; choose one by mapping sku to a column. {suggestion}",
    zh: "无法确定哪一列是 SKU；请在映射中为 sku 选择一列。{suggestion}",
  },
  template_invalid: {
    en: "the template of {field} cannot be read: {value}",
    zh: "{field} 的模板无法解析：{value}。",
  },
  template_unknown_name: {
    en: "the template of {field} uses {value}, which is no column of the file; {suggestion}",
    zh: "{field} 的模板使用了 {value}，但文件中没有这一列；{suggestion}。",
  },
  shot_invalid: {
    en: "{field}: {value}",
    zh: "{field} 无效：{value}",
  },
  detail_box_invalid: {
    en: "line {line}: {column} holds {value}; give left, top, width and height of the detail in percent, as in 30,30,40,40",
    zh: "第 {line} 行：{column} 的内容为 {value}；请填写细节区域的左、上、宽、高（百分比），例如 30,30,40,40。",
  },
  preset_unknown: {
    en: "preset {value} is not known; give one of {known}",
    zh: "未知的预设 {value}；可用：{known}。",
  },
  naming_invalid: {
    en: "naming {value} cannot name files: {why}",
    zh: "命名规则 {value} 无效：{why}。",
  },
  // A row.
  sku_missing: {
    en: "line {line} has no SKU in column {column}; fill it in",
    zh: "第 {line} 行的 {column} 列没有 SKU；请填写。",
  },
  sku_invalid: {
    en: "line {line}: {value} cannot be a SKU: {why}; correct it in column {column}",
    zh: "第 {line} 行：{value} 不能作为 SKU（{why}）；请修改 {column} 列。",
  },
  sku_scientific: {
    en: "line {line}: the SKU {value} was turned into a power of ten by a spreadsheet and its digits are lost; format column {column} as text and export again",
    zh: "第 {line} 行：SKU {value} 被表格软件转成了科学计数法，原数字已丢失；请将 {column} 列设为文本格式后重新导出。",
  },
  sku_precision_lost: {
    en: "line {line}: the SKU {value} was stored as a number of more than 15 digits, of which the last are lost; format column {column} as text and export again",
    zh: "第 {line} 行：SKU {value} 以超过 15 位的数字存储，末尾数字已丢失；请将 {column} 列设为文本格式后重新导出。",
  },
  duplicate_sku: {
    en: "line {line}: the SKU {value} is on line {first} already, with other values; give each product its own SKU, or set duplicates to suffix",
    zh: "第 {line} 行：SKU {value} 已在第 {first} 行出现，且内容不同；请使用不同的 SKU，或将 duplicates 设为 suffix。",
  },
  photo_missing: {
    en: "line {line}: {value} has no photo, which this shot is made from; give its address, or set fallback to draw",
    zh: "第 {line} 行：{value} 没有照片，而该图需要照片；请填写图片网址，或将 fallback 设为 draw。",
  },
  template_value_missing: {
    en: "line {line}: column {column} is empty, and the {field} of this shot needs it; fill it in, or make it optional with {% if %}",
    zh: "第 {line} 行：{column} 列为空，但该图的 {field} 需要它；请填写，或用 {% if %} 设为可选。",
  },
  picture_url_forbidden: {
    en: "line {line}: the address {value} is not fetched: {why}; give an https address that is open to everybody",
    zh: "第 {line} 行：不允许访问网址 {value}（{why}）；请填写任何人都能打开的 https 网址。",
  },
  picture_unreachable: {
    en: "line {line}: {value} did not respond: {why}; check that the address opens in a browser, then run again",
    zh: "第 {line} 行：{value} 没有响应（{why}）；请确认该网址能在浏览器中打开后重试。",
  },
  picture_host_down: {
    en: "line {line}: {value} failed ten times in a row and was not asked again; run again when it responds",
    zh: "第 {line} 行：{value} 连续失败十次，已停止请求；请在其恢复后重试。",
  },
  picture_status: {
    en: "line {line}: {value} responds with status {status}, expected 200; correct the address",
    zh: "第 {line} 行：{value} 返回状态 {status}，应为 200；请修改网址。",
  },
  picture_is_a_page: {
    en: "line {line}: {value} leads to a web page, not to an image; give the address of the image itself",
    zh: "第 {line} 行：{value} 是网页而不是图片；请填写图片本身的网址。",
  },
  picture_too_large: {
    en: "line {line}: the photo {value} has more than {limit} bytes; make it smaller",
    zh: "第 {line} 行：照片 {value} 超过 {limit} 字节；请缩小后重试。",
  },
  picture_not_found_by_name: {
    en: "line {line}: there is no picture named {value}; upload it, or give its address",
    zh: "第 {line} 行：没有名为 {value} 的图片；请上传，或填写图片网址。",
  },
  invalid_picture: {
    en: "line {line}: the photo {value} cannot be used: {why}; give a whole PNG, JPEG, WebP or AVIF file",
    zh: "第 {line} 行：照片 {value} 无法使用（{why}）；请提供完整的 PNG、JPEG、WebP 或 AVIF 文件。",
  },
  no_cutout: {
    en: "line {line}: the product in {value} cannot be told from its background; give a photo on a plain background, or with transparency",
    zh: "第 {line} 行：无法将 {value} 中的商品与背景区分；请提供纯色背景或透明背景的照片。",
  },
  picture_missing_in_file: {
    en: "line {line}: the picture of cell {column} ({value}) is not in the file; insert it again, or give its address",
    zh: "第 {line} 行：{column} 单元格的图片（{value}）不在文件中；请重新插入，或填写图片网址。",
  },
  picture_name_ambiguous: {
    en: "the picture name {value} is in the ZIP more than once ({what}); names are compared without folders and case, so rename one",
    zh: "压缩包中有多张图片名为 {value}（{what}）；名称比较时忽略文件夹和大小写，请重命名其中一张。",
  },
  // Worth saying.
  ragged_rows: {
    en: "{count} of {records} rows do not have the {limit} cells of the header: short ones are filled up, long ones cut",
    zh: "{records} 行中有 {count} 行的列数与表头（{limit} 列）不一致：不足的已补空，多出的已截断。",
  },
  unclosed_quote: {
    en: "{count} quotes are never closed and are read as characters",
    zh: "有 {count} 处引号未闭合，已按普通字符读取。",
  },
  irregular_quotes: {
    en: "{count} rows have quotes in the wrong places, which are read as characters",
    zh: "有 {count} 行的引号位置不规范，已按普通字符读取。",
  },
  encoding_guessed: {
    en: "the encoding was taken for {value} by its letters; compare the sample cells, and give encoding if they are wrong",
    zh: "根据文字判断编码为 {value}；请核对示例单元格，如有乱码请指定 encoding。",
  },
  undecodable_bytes: {
    en: "{count} rows hold bytes that are none in {value}; they are read as �",
    zh: "有 {count} 行含有无法按 {value} 解码的字节，已读为 �。",
  },
  formula_without_value: {
    en: "{count} formulas have no stored value and are read as empty; open the file in Excel or WPS and save it once",
    zh: "有 {count} 个公式没有保存结果，已按空值读取；请用 Excel 或 WPS 打开并保存一次。",
  },
  error_value: {
    en: "{count} cells hold an error such as #N/A and are read as empty",
    zh: "有 {count} 个单元格为 #N/A 等错误值，已按空值读取。",
  },
  hidden_sheets: {
    en: "hidden sheets are not read: {value}",
    zh: "未读取隐藏的工作表：{value}。",
  },
  totals_dropped: {
    en: "{count} rows at the end hold totals or notes and are left out",
    zh: "末尾 {count} 行是合计或备注，已忽略。",
  },
  not_an_object: {
    en: "{count} lines are no JSON objects and are left out",
    zh: "有 {count} 行不是 JSON 对象，已忽略。",
  },
  late_fields: {
    en: "{count} records have fields that the first records do not have; those fields are left out: {value}",
    zh: "有 {count} 条记录含有开头记录中没有的字段，已忽略：{value}。",
  },
  duplicate_rows: {
    en: "{count} rows repeat an earlier row of the same SKU and are left out",
    zh: "有 {count} 行与之前相同 SKU 的行重复，已忽略。",
  },
  gone: {
    en: "{count} products that were drawn under this run key are not in the file; their images are kept: {value}",
    zh: "有 {count} 个在该运行键下画过的商品不在文件中；其图片会保留：{value}。",
  },
  renamed_skus: {
    en: "{count} SKUs that occur more than once have a number added",
    zh: "有 {count} 个重复的 SKU 已加上序号。",
  },
} as const satisfies { readonly [code: string]: Bilingual };

export type ProblemCode = keyof typeof problemMessages;
