#include "compiler/import/console/envelope.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <zlib.h>

#include "base/limits.h"

namespace flow::importing::console {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int kGzip = 15 + 16;          // zlib's way to say: a window of 32 KiB, and gzip's header
constexpr int kEither = 15 + 32;        // gzip's header, or zlib's
constexpr std::size_t kLevelsMax = 16;  // of what stands round a graph

// Round an envelope or a graph, the inmost first: of two members of one object, the one that stands first here is
// meant.
constexpr auto kWrappers = std::to_array<std::string_view>(
    {"FlowViewModel", "flowViewModel", "flow_view_model", "viewModel", "graph",      "flow",      "canvas",
     "graphData",     "drawflow",      "model",           "content",   "definition", "flowModel", "data",
     "Data",          "Model",         "Response",        "response",  "result",     "Result",    "body",
     "Body",          "payload",       "process",         "workflow",  "diagram",    "export"});
constexpr std::size_t kChunk = 1U << 16U;

std::array<std::int8_t, 256> reverse_alphabet() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  values['-'] = 62;  // as addresses have it
  values['_'] = 63;
  return values;
}

// zlib wants pointers to mutable bytes, and never writes there.
Bytef* input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

// Ends a stream however its function is left.
struct Inflating {
  z_stream stream{};
  bool open = inflateInit2(&stream, kEither) == Z_OK;
  Inflating() = default;
  Inflating(const Inflating&) = delete;
  Inflating& operator=(const Inflating&) = delete;
  ~Inflating() {
    if (open) inflateEnd(&stream);
  }
};

}  // namespace

Result<std::string> from_base64(std::string_view text) {
  static const std::array<std::int8_t, 256> kValues = reverse_alphabet();
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  std::size_t count = 0;    // characters of this group of four
  std::size_t padding = 0;  // `=` at the end
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    const std::int8_t value = c == '=' ? std::int8_t{0} : kValues[static_cast<unsigned char>(c)];
    const bool misplaced = c == '=' ? count < 2 : padding != 0;
    if (value < 0 || misplaced) return fail(ErrorCode::invalid_argument, "character {} is no base64", i + 1);
    padding += c == '=' ? 1 : 0;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if (++count < 4) continue;
    for (std::size_t byte = 0; byte + padding < 3; ++byte) out += static_cast<char>(bits >> (16U - 8U * byte) & 0xFFU);
    count = bits = 0;
    if (padding != 0 && text.find_first_not_of(" \n\r\t", i + 1) != std::string_view::npos)
      return fail(ErrorCode::invalid_argument, "base64 goes on after its end at character {}", i + 2);
  }
  if (count == 1 || (count != 0 && padding != 0))
    return fail(ErrorCode::invalid_argument, "base64 is cut off: its last group has {} of 4 characters", count);
  if (count == 2) out += static_cast<char>(bits >> 4U & 0xFFU);
  if (count == 3) {
    out += static_cast<char>(bits >> 10U & 0xFFU);
    out += static_cast<char>(bits >> 2U & 0xFFU);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t byte = 0; byte < 3; ++byte)
      bits = bits << 8U | (byte < have ? static_cast<unsigned char>(bytes[i + byte]) : 0U);
    for (std::size_t group = 0; group < 4; ++group)
      out += group <= have ? kAlphabet[bits >> (18U - 6U * group) & 63U] : '=';
  }
  return out;
}

Result<std::string> compress(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(ErrorCode::internal, "zlib cannot begin");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = input(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) return fail(ErrorCode::internal, "zlib does not end");
  return out;
}

Result<std::string> decompress(std::string_view gzip, std::size_t bytes_max) {
  Inflating inflating;
  if (!inflating.open) return fail(ErrorCode::internal, "zlib cannot begin");
  z_stream& stream = inflating.stream;
  stream.next_in = input(gzip);
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string out;
  std::vector<char> chunk(kChunk);
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int end = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = chunk.size() - stream.avail_out;
    if (out.size() + made > bytes_max)
      return fail(ErrorCode::resource_exhausted, "it holds more than {} bytes", bytes_max);
    out.append(chunk.data(), made);
    if (end == Z_STREAM_END) break;
    if (end == Z_BUF_ERROR) return fail(ErrorCode::data_loss, "it is cut off after {} bytes", gzip.size());
    if (end != Z_OK) return fail(ErrorCode::data_loss, "it is no gzip, or damaged");
  }
  if (stream.avail_in != 0) return fail(ErrorCode::data_loss, "{} bytes follow its end", stream.avail_in);
  return out;
}

Result<std::string> pack(const Json& graph) {
  const auto bytes = compress(graph.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!bytes) return std::unexpected(bytes.error());
  return to_base64(*bytes);
}

namespace {

// Whether a text begins like a JSON object or list.
bool is_json_text(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  const std::size_t first = text.find_first_not_of(" \n\r\t");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

// An answer of an API with a list of nothing but modules, as Drawflow has it: {"Home": {"data": …}}.
const Json* only_module(const Json& json) {
  if (!json.is_object() || json.size() != 1 || !json.begin()->is_object()) return nullptr;
  return member_of(*json.begin(), "data");
}

}  // namespace

Result<Json> unpack(std::string_view editor) {
  if (is_json_text(editor)) return read_json(editor);
  const auto bytes = from_base64(editor);
  if (!bytes) return std::unexpected(bytes.error());
  if (is_json_text(*bytes)) return read_json(*bytes);
  const auto text = decompress(*bytes, limits::kImportBytesMax);
  if (!text) return std::unexpected(text.error());
  return read_json(*text);
}

namespace {

class Opener {
 public:
  Opener(const Json& json, bool unpacked) : unpacked_(unpacked) { out_.graph = &json; }

  Opened run() {
    for (std::size_t level = 0; level < kLevelsMax && out_.error.empty(); ++level)
      if (!text() && !envelope() && !member()) break;
    return std::move(out_);
  }

 private:
  void take(Result<Json> made) {
    if (!made) {
      out_.error = made.error().message;
      return;
    }
    out_.made.push_back(*std::move(made));
    out_.graph = &out_.made.back();
  }

  bool text() {
    if (!out_.graph->is_string() || !is_json_text(out_.graph->get_ref<const std::string&>())) return false;
    take(read_json(out_.graph->get_ref<const std::string&>()));
    return out_.error.empty();
  }

  bool envelope() {
    const Json* editor = member_of(*out_.graph, "editor");
    if (editor == nullptr || out_.envelope != nullptr) return false;
    out_.envelope = out_.graph;
    out_.pointer = at(out_.pointer, "editor");
    out_.graph = editor;
    if (!unpacked_) return false;
    if (editor->is_string()) {
      take(unpack(editor->get_ref<const std::string&>()));
    } else if (!editor->is_object()) {
      out_.error = "is no text";
    }
    return out_.error.empty();
  }

  static bool is_list(const Json& json, std::string_view member) {
    const Json* found = member_of(json, member);
    return found != nullptr && found->is_structured();
  }

  // What has nodes is no wrapper.
  bool member() {
    if (!out_.graph->is_object()) return false;
    for (const std::string_view list : {"nodes", "cells", "elements", "nodeList", "nodeDataArray", "steps"})
      if (is_list(*out_.graph, list)) return false;
    if (text_of(*out_.graph, "format") == "flow.graph") return false;
    for (const std::string_view each : kWrappers) {
      const Json* found = member_of(*out_.graph, each);
      if (found == nullptr || !(found->is_structured() || (found->is_string() && is_json_text(*found)))) continue;
      for (const auto& [name, value] : out_.graph->items())
        if (name != each) out_.beside.emplace_back(at(out_.pointer, name), &value);
      out_.pointer = at(out_.pointer, each);
      out_.graph = found;
      if (const Json* data = each == "drawflow" ? only_module(*found) : nullptr) {
        out_.pointer = at(at(out_.pointer, found->begin().key()), "data");
        out_.graph = data;
      }
      return true;
    }
    return false;
  }

  static bool is_json_text(const Json& text) { return console::is_json_text(text.get_ref<const std::string&>()); }

  bool unpacked_;
  Opened out_;
};

}  // namespace

Opened open(const Json& json, bool unpacked) {
  return Opener(json, unpacked).run();
}

}  // namespace flow::importing::console
