// Whether this build has the address or the thread sanitizer: what allocates much is then 10 to 20 times as slow, and a
// test looks at fewer samples, which the release build sees all of.
#pragma once

namespace flow::testing_support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace flow::testing_support
