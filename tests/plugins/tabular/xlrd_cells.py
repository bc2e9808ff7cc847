"""Prints what xlrd, a reader that is not ours, finds in an .xls workbook.

    xlrd_cells.py FILE

One line for each sheet, merge and cell that is not blank, in the order of the
file; fields are separated by tabs. Ends with 77 where xlrd is not installed.
"""

import sys

try:
    import xlrd
except ImportError:
    print("xlrd is not installed (Debian: python3-xlrd)")
    sys.exit(77)


def escape(text):
    return (text.replace("\\", "\\\\").replace("\n", "\\n")
            .replace("\t", "\\t").replace("\r", "\\r"))


def name_of(row, column):
    return xlrd.colname(column) + str(row + 1)


def date_of(serial, datemode):
    """As collate spells it, from xlrd's own calendar."""
    when = xlrd.xldate_as_datetime(serial, datemode)
    clock = when.strftime("%H:%M:%S")
    if when.microsecond:
        clock += ".%03d" % (when.microsecond // 1000)
    if serial < 1:
        return clock
    day = "%04d-%02d-%02d" % (when.year, when.month, when.day)
    return day if clock == "00:00:00" else day + "T" + clock


def describe(cell, datemode):
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return "text", escape(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return "number", "%.17g" % cell.value
    if cell.ctype == xlrd.XL_CELL_DATE:
        return "date", date_of(cell.value, datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "boolean", "true" if cell.value else "false"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return "error", xlrd.error_text_from_code[cell.value]
    return None


def main():
    book = xlrd.open_workbook(sys.argv[1], formatting_info=True)
    out = open(sys.stdout.fileno(), "w", encoding="utf-8", newline="\n")
    for sheet in book.sheets():
        print("sheet", escape(sheet.name), sheet.visibility, sep="\t", file=out)
        for row, row_end, column, column_end in sheet.merged_cells:
            print("merge", name_of(row, column),
                  name_of(row_end - 1, column_end - 1), sep="\t", file=out)
        for row in range(sheet.nrows):
            for column in range(sheet.row_len(row)):
                said = describe(sheet.cell(row, column), book.datemode)
                if said is None:
                    continue
                hidden = any(
                    index in known and known[index].hidden
                    for index, known in ((row, sheet.rowinfo_map),
                                         (column, sheet.colinfo_map)))
                print("cell", name_of(row, column), *said,
                      "hidden" if hidden else "shown", sep="\t", file=out)


main()
