// Reads one workbook with liborcus into the cheapest sink that still knows
// what was read, and says it. A program of its own, so that its memory is that
// of orcus alone.
//
//   orcus_reader book.xlsx

#include <cstdint>
#include <exception>
#include <orcus/orcus_ods.hpp>
#include <orcus/orcus_xlsx.hpp>
#include <orcus/spreadsheet/import_interface.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/workbook_figures.h"

namespace collate::testing::bench {
namespace {

namespace sheet = orcus::spreadsheet;
using orcus::length_unit_t;
using sheet::col_t;
using sheet::color_elem_t;
using sheet::row_t;

// Lengths only: what a sink does with texts is its own.
class Strings final : public sheet::iface::import_shared_strings {
 public:
  size_t append(std::string_view s) override {
    lengths_.push_back(s.size());
    return lengths_.size() - 1;
  }
  size_t add(std::string_view s) override { return append(s); }
  void set_segment_font(size_t) override {}
  void set_segment_bold(bool) override {}
  void set_segment_italic(bool) override {}
  void set_segment_font_name(std::string_view) override {}
  void set_segment_font_size(double) override {}
  void set_segment_font_color(color_elem_t, color_elem_t, color_elem_t,
                              color_elem_t) override {}
  void append_segment(std::string_view s) override { open_ += s.size(); }
  size_t commit_segments() override {
    lengths_.push_back(open_);
    open_ = 0;
    return lengths_.size() - 1;
  }

  uint64_t length(size_t index) const { return lengths_.at(index); }

 private:
  std::vector<uint64_t> lengths_;
  uint64_t open_ = 0;
};

// orcus reads no ODS without one.
class Styles final : public sheet::iface::import_styles {
 public:
  void set_font_count(size_t) override {}
  void set_font_bold(bool) override {}
  void set_font_italic(bool) override {}
  void set_font_name(std::string_view) override {}
  void set_font_size(double) override {}
  void set_font_underline(sheet::underline_t) override {}
  void set_font_underline_width(sheet::underline_width_t) override {}
  void set_font_underline_mode(sheet::underline_mode_t) override {}
  void set_font_underline_type(sheet::underline_type_t) override {}
  void set_font_underline_color(color_elem_t, color_elem_t, color_elem_t,
                                color_elem_t) override {}
  void set_font_color(color_elem_t, color_elem_t, color_elem_t,
                      color_elem_t) override {}
  void set_strikethrough_style(sheet::strikethrough_style_t) override {}
  void set_strikethrough_type(sheet::strikethrough_type_t) override {}
  void set_strikethrough_width(sheet::strikethrough_width_t) override {}
  void set_strikethrough_text(sheet::strikethrough_text_t) override {}
  size_t commit_font() override { return fonts_++; }
  void set_fill_count(size_t) override {}
  void set_fill_pattern_type(sheet::fill_pattern_t) override {}
  void set_fill_fg_color(color_elem_t, color_elem_t, color_elem_t,
                         color_elem_t) override {}
  void set_fill_bg_color(color_elem_t, color_elem_t, color_elem_t,
                         color_elem_t) override {}
  size_t commit_fill() override { return fills_++; }
  void set_border_count(size_t) override {}
  void set_border_style(sheet::border_direction_t,
                        sheet::border_style_t) override {}
  void set_border_color(sheet::border_direction_t, color_elem_t, color_elem_t,
                        color_elem_t, color_elem_t) override {}
  void set_border_width(sheet::border_direction_t, double,
                        length_unit_t) override {}
  size_t commit_border() override { return borders_++; }
  void set_cell_hidden(bool) override {}
  void set_cell_locked(bool) override {}
  void set_cell_print_content(bool) override {}
  void set_cell_formula_hidden(bool) override {}
  size_t commit_cell_protection() override { return protections_++; }
  void set_number_format_count(size_t) override {}
  void set_number_format_identifier(size_t) override {}
  void set_number_format_code(std::string_view) override {}
  size_t commit_number_format() override { return formats_++; }
  void set_cell_xf_count(size_t) override {}
  void set_cell_style_xf_count(size_t) override {}
  void set_dxf_count(size_t) override {}
  void set_xf_font(size_t) override {}
  void set_xf_fill(size_t) override {}
  void set_xf_border(size_t) override {}
  void set_xf_protection(size_t) override {}
  void set_xf_number_format(size_t) override {}
  void set_xf_style_xf(size_t) override {}
  void set_xf_apply_alignment(bool) override {}
  void set_xf_horizontal_alignment(sheet::hor_alignment_t) override {}
  void set_xf_vertical_alignment(sheet::ver_alignment_t) override {}
  size_t commit_cell_xf() override { return cells_++; }
  size_t commit_cell_style_xf() override { return cell_styles_++; }
  size_t commit_dxf() override { return differences_++; }
  void set_cell_style_count(size_t) override {}
  void set_cell_style_name(std::string_view) override {}
  void set_cell_style_xf(size_t) override {}
  void set_cell_style_builtin(size_t) override {}
  void set_cell_style_parent_name(std::string_view) override {}
  size_t commit_cell_style() override { return names_++; }

 private:
  size_t fonts_ = 0, fills_ = 0, borders_ = 0, protections_ = 0, formats_ = 0;
  size_t cells_ = 0, cell_styles_ = 0, differences_ = 0, names_ = 0;
};

// The addresses of cells, for which orcus asks its sink.
class Addresses final : public sheet::iface::import_reference_resolver {
 public:
  sheet::src_address_t resolve_address(std::string_view address) override {
    sheet::src_address_t out{0, 0, 0};
    size_t i = 0;
    for (; i < address.size() && address[i] >= 'A'; ++i) {
      out.column = out.column * 26 + (address[i] - 'A' + 1);
    }
    for (; i < address.size(); ++i) {
      out.row = out.row * 10 + (address[i] - '0');
    }
    --out.row;
    --out.column;
    return out;
  }
  sheet::src_range_t resolve_range(std::string_view range) override {
    const size_t colon = range.find(':');
    sheet::src_range_t out{};
    out.first = resolve_address(range.substr(0, colon));
    out.last = colon == std::string_view::npos
                   ? out.first
                   : resolve_address(range.substr(colon + 1));
    return out;
  }
};

class Properties final : public sheet::iface::import_sheet_properties {
 public:
  explicit Properties(WorkbookFigures& figures) : figures_(figures) {}
  void set_column_width(col_t, double, length_unit_t) override {}
  void set_column_hidden(col_t, bool) override {}
  void set_row_height(row_t, double, length_unit_t) override {}
  void set_row_hidden(row_t, bool hidden) override {
    figures_.hidden_rows += hidden;
  }
  void set_merge_cell_range(const sheet::range_t&) override {
    ++figures_.merges;
  }

 private:
  WorkbookFigures& figures_;
};

class Sheet final : public sheet::iface::import_sheet {
 public:
  Sheet(const Strings& strings, WorkbookFigures& figures)
      : strings_(strings), figures_(figures), properties_(figures) {}
  sheet::iface::import_sheet_properties* get_sheet_properties() override {
    return &properties_;
  }
  void set_auto(row_t, col_t, std::string_view s) override {
    ++figures_.cells;
    figures_.text_bytes += s.size();
  }
  void set_string(row_t, col_t, sheet::string_id_t index) override {
    ++figures_.cells;
    figures_.text_bytes += strings_.length(index);
  }
  void set_value(row_t, col_t, double value) override {
    ++figures_.cells;
    figures_.numbers += value;
  }
  void set_bool(row_t, col_t, bool) override { ++figures_.cells; }
  void set_date_time(row_t, col_t, int, int, int, int, int, double) override {
    ++figures_.cells;
  }
  void set_format(row_t, col_t, size_t) override {}
  void set_format(row_t, col_t, row_t, col_t, size_t) override {}
  void fill_down_cells(row_t, col_t, row_t) override {}
  sheet::range_size_t get_sheet_size() const override {
    return {1'048'576, 16'384};
  }

 private:
  const Strings& strings_;
  WorkbookFigures& figures_;
  Properties properties_;
};

class Settings final : public sheet::iface::import_global_settings {
 public:
  void set_origin_date(int, int, int) override {}
  void set_default_formula_grammar(sheet::formula_grammar_t grammar) override {
    grammar_ = grammar;
  }
  sheet::formula_grammar_t get_default_formula_grammar() const override {
    return grammar_;
  }
  void set_character_set(orcus::character_set_t) override {}

 private:
  sheet::formula_grammar_t grammar_ = sheet::formula_grammar_t::unknown;
};

class Factory final : public sheet::iface::import_factory {
 public:
  explicit Factory(WorkbookFigures& figures) : sheet_(strings_, figures) {}
  sheet::iface::import_global_settings* get_global_settings() override {
    return &settings_;
  }
  sheet::iface::import_shared_strings* get_shared_strings() override {
    return &strings_;
  }
  sheet::iface::import_styles* get_styles() override { return &styles_; }
  sheet::iface::import_reference_resolver* get_reference_resolver(
      sheet::formula_ref_context_t) override {
    return &addresses_;
  }
  sheet::iface::import_sheet* append_sheet(sheet::sheet_t,
                                           std::string_view) override {
    return &sheet_;
  }
  sheet::iface::import_sheet* get_sheet(std::string_view) override {
    return &sheet_;
  }
  sheet::iface::import_sheet* get_sheet(sheet::sheet_t) override {
    return &sheet_;
  }
  void finalize() override {}

 private:
  Settings settings_;
  Strings strings_;
  Styles styles_;
  Addresses addresses_;
  Sheet sheet_;
};

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  using namespace collate::testing::bench;  // NOLINT: the program's own
  if (argc != 2) return 2;
  const std::string path = argv[1];
  WorkbookFigures figures;
  Factory factory(figures);
  try {
    if (path.ends_with(".ods")) {
      orcus::orcus_ods(&factory).read_file(path);
    } else {
      orcus::orcus_xlsx(&factory).read_file(path);
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "orcus: %s\n", e.what());
    return 1;
  }
  Say(figures);
  return 0;
}
