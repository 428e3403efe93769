// Addresses and numbers in what people write.
#pragma once

#include <string>
#include <string_view>

namespace flow::program {

// The first email address (is_email) in a text, without what punctuation stands around it; empty when there is none.
// Work grows with the text alone.
std::string_view find_email(std::string_view text);

// The first phone number in a text as E.164: digits that begin with `+` or `00`, with the separators that
// numbers::normalise() knows between them, and that it accepts. Empty when there is none; digits without a calling code
// are none, for a text does not say of which region they are.
std::string find_phone(std::string_view text);

}  // namespace flow::program
