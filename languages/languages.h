// Which language a text is written in, by CLD2 (Compact Language Detector 2).
#pragma once

#include <string>
#include <string_view>

namespace flow::languages {

// The tag (BCP 47) of the language that most of the text is in: `en`, `tl`, `zh-Hant`; empty when the detector is not
// sure, as of one or two short words, or of bytes that are no UTF-8. The same text gives the same tag with the same
// version of the library. Texts of any size; only the first limits::kDetectBytesMax bytes count. Any thread.
std::string detect(std::string_view text);

}  // namespace flow::languages
