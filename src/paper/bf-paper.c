/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-paper.h. The blocks are gone through twice by the same code: once to count the pages, once to draw them. A row that is higher
 * than a page is cut at its end with a sign that says so. */

#include "paper/bf-paper.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "base/bf-error.h"

#define MM (72.0 / 25.4)
#define PAGE_WIDTH (210 * MM)
#define PAGE_HEIGHT (297 * MM)
#define MARGIN_LEFT (20 * MM) /* room to punch */
#define MARGIN_RIGHT (15 * MM)
#define MARGIN_TOP (15 * MM)
#define MARGIN_BOTTOM (18 * MM)
#define WIDTH (PAGE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT)
#define CELL_GAP (2 * MM)
#define FAMILY "Noto Sans, DejaVu Sans, Sans"

typedef enum
{
  HEADING,
  PARAGRAPH,
  SMALL,
  TABLE, /* its heads */
  ROW,
  SIGNATURE,
} BlockKind;

typedef struct
{
  BlockKind kind;
  guint n;
  char *texts[BF_PAPER_COLUMNS_MAX];
  double shares[BF_PAPER_COLUMNS_MAX]; /* of TABLE */
} Block;

struct _BfPaper
{
  char *title;
  char *organisation;
  char *subtitle;
  GPtrArray *blocks;

  /* Of the layout under way. */
  cairo_t *cr;
  gboolean drawing;
  double y;
  guint page;
  guint n_pages;
  const Block *table; /* whose heads come again on a new page; NULL: none */
};

static void
block_free (gpointer data)
{
  Block *block = data;

  for (guint i = 0; i < block->n; i++)
    g_free (block->texts[i]);
  g_free (block);
}

/**
 * bf_paper_new:
 * @organisation: the city, at the top left of every page
 * @subtitle: below the title: the period, the post
 */
BfPaper *
bf_paper_new (const char *title, const char *organisation, const char *subtitle)
{
  BfPaper *paper = g_new0 (BfPaper, 1);

  paper->title = g_strdup (title);
  paper->organisation = g_strdup (organisation);
  paper->subtitle = g_strdup (subtitle);
  paper->blocks = g_ptr_array_new_with_free_func (block_free);
  return paper;
}

void
bf_paper_free (BfPaper *paper)
{
  if (paper == NULL)
    return;
  g_ptr_array_unref (paper->blocks);
  g_free (paper->title);
  g_free (paper->organisation);
  g_free (paper->subtitle);
  g_free (paper);
}

static Block *
add (BfPaper *paper, BlockKind kind, const char *const *texts, guint n)
{
  Block *block = g_new0 (Block, 1);

  block->kind = kind;
  block->n = n;
  for (guint i = 0; i < n; i++)
    block->texts[i] = g_utf8_make_valid (texts[i] != NULL ? texts[i] : "", -1);
  g_ptr_array_add (paper->blocks, block);
  return block;
}

void
bf_paper_add_heading (BfPaper *paper, const char *text)
{
  add (paper, HEADING, &text, 1);
}

void
bf_paper_add_paragraph (BfPaper *paper, const char *text)
{
  add (paper, PARAGRAPH, &text, 1);
}

void
bf_paper_add_small (BfPaper *paper, const char *text)
{
  add (paper, SMALL, &text, 1);
}

void
bf_paper_begin_table (BfPaper *paper, const BfPaperColumn *columns, guint n_columns)
{
  const char *heads[BF_PAPER_COLUMNS_MAX];
  Block *block;

  g_return_if_fail (n_columns >= 1 && n_columns <= BF_PAPER_COLUMNS_MAX);
  for (guint i = 0; i < n_columns; i++)
    heads[i] = columns[i].head;
  block = add (paper, TABLE, heads, n_columns);
  for (guint i = 0; i < n_columns; i++)
    block->shares[i] = columns[i].share;
}

/**
 * bf_paper_add_row:
 * @cells: (array): as many as the last table has columns; %NULL: empty
 */
void
bf_paper_add_row (BfPaper *paper, const char *const *cells)
{
  guint n = 0;

  for (guint i = paper->blocks->len; i > 0 && n == 0; i--)
    if (((const Block *) g_ptr_array_index (paper->blocks, i - 1))->kind == TABLE)
      n = ((const Block *) g_ptr_array_index (paper->blocks, i - 1))->n;
  g_return_if_fail (n > 0);
  add (paper, ROW, cells, n);
}

/**
 * bf_paper_add_signature:
 * @name: (nullable): who it is; %NULL: a line for it
 */
void
bf_paper_add_signature (BfPaper *paper, const char *label, const char *name)
{
  const char *texts[] = { label, name };

  add (paper, SIGNATURE, texts, 2);
}

/* --- layout --------------------------------------------------------------------------------------------------------- */

/* (transfer full): @text in @width. */
static PangoLayout *
make_layout (BfPaper *paper, const char *text, const char *font, double width, double max_height)
{
  PangoLayout *layout = pango_cairo_create_layout (paper->cr);
  g_autofree char *description = g_strdup_printf (FAMILY " %s", font);
  PangoFontDescription *parsed = pango_font_description_from_string (description);

  pango_layout_set_font_description (layout, parsed);
  pango_font_description_free (parsed);
  pango_layout_set_text (layout, text, -1);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  if (max_height > 0)
    {
      pango_layout_set_height (layout, (int) (max_height * PANGO_SCALE));
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    }
  return layout;
}

static double
height_of (PangoLayout *layout)
{
  int height;

  pango_layout_get_size (layout, NULL, &height);
  return (double) height / PANGO_SCALE;
}

static void
show (BfPaper *paper, PangoLayout *layout, double x, double y)
{
  if (!paper->drawing)
    return;
  cairo_move_to (paper->cr, x, y);
  pango_cairo_show_layout (paper->cr, layout);
}

static double
put_text (BfPaper *paper, const char *text, const char *font, PangoAlignment alignment, double x, double y, double width)
{
  g_autoptr (PangoLayout) layout = make_layout (paper, text, font, width, 0);

  pango_layout_set_alignment (layout, alignment);
  show (paper, layout, x, y);
  return height_of (layout);
}

static void
rule (BfPaper *paper, double y, double grey, double line_width)
{
  if (!paper->drawing)
    return;
  cairo_set_source_rgb (paper->cr, grey, grey, grey);
  cairo_set_line_width (paper->cr, line_width);
  cairo_move_to (paper->cr, MARGIN_LEFT, y);
  cairo_line_to (paper->cr, PAGE_WIDTH - MARGIN_RIGHT, y);
  cairo_stroke (paper->cr);
  cairo_set_source_rgb (paper->cr, 0, 0, 0);
}

static void
put_foot (BfPaper *paper)
{
  g_autofree char *number = g_strdup_printf (_ ("Page %u of %u"), paper->page, paper->n_pages);
  double y = PAGE_HEIGHT - MARGIN_BOTTOM + 4 * MM;

  rule (paper, y, 0.6, 0.5);
  put_text (paper, paper->title, "7.5", PANGO_ALIGN_LEFT, MARGIN_LEFT, y + 1.5 * MM, WIDTH * 0.7);
  put_text (paper, number, "7.5", PANGO_ALIGN_RIGHT, MARGIN_LEFT + WIDTH * 0.7, y + 1.5 * MM, WIDTH * 0.3);
}

/* The first page says all, the others what is needed when one lies alone. */
static void
begin_page (BfPaper *paper)
{
  paper->page++;
  paper->y = MARGIN_TOP;
  if (paper->page == 1)
    {
      paper->y += put_text (paper, paper->organisation, "10", PANGO_ALIGN_LEFT, MARGIN_LEFT, paper->y, WIDTH) + 4 * MM;
      paper->y += put_text (paper, paper->title, "Bold 17", PANGO_ALIGN_LEFT, MARGIN_LEFT, paper->y, WIDTH) + 1 * MM;
      paper->y += put_text (paper, paper->subtitle, "10", PANGO_ALIGN_LEFT, MARGIN_LEFT, paper->y, WIDTH) + 3 * MM;
    }
  else
    {
      double left = put_text (paper, paper->organisation, "8", PANGO_ALIGN_LEFT, MARGIN_LEFT, paper->y, WIDTH * 0.4);
      double right = put_text (paper, paper->subtitle, "8", PANGO_ALIGN_RIGHT, MARGIN_LEFT + WIDTH * 0.4, paper->y, WIDTH * 0.6);

      paper->y += MAX (left, right) + 1 * MM;
    }
  rule (paper, paper->y, 0.3, 0.8);
  paper->y += 3 * MM;
}

static void
end_page (BfPaper *paper)
{
  put_foot (paper);
  if (paper->drawing)
    cairo_show_page (paper->cr);
}

static double
room_left (const BfPaper *paper)
{
  return PAGE_HEIGHT - MARGIN_BOTTOM - paper->y;
}

#define PAGE_ROOM (PAGE_HEIGHT - MARGIN_BOTTOM - MARGIN_TOP - 30 * MM)

static double put_cells (BfPaper *paper, const Block *block, const char *font, gboolean draw);

static void
put_heads (BfPaper *paper)
{
  paper->y += put_cells (paper, paper->table, "Bold 8", TRUE) + 1 * MM;
  rule (paper, paper->y, 0.3, 0.6);
  paper->y += 1.2 * MM;
}

/* A new page when @height does not fit on this one. */
static void
make_room (BfPaper *paper, double height)
{
  if (height <= room_left (paper))
    return;
  end_page (paper);
  begin_page (paper);
  if (paper->table != NULL)
    put_heads (paper);
}

/* The cells of a row side by side; the height of the highest. */
static double
put_cells (BfPaper *paper, const Block *block, const char *font, gboolean draw)
{
  double total = 0, x = MARGIN_LEFT, height = 0;

  for (guint i = 0; i < block->n; i++)
    total += paper->table->shares[i];
  for (guint i = 0; i < block->n; i++)
    {
      double width = WIDTH * paper->table->shares[i] / total;
      g_autoptr (PangoLayout) layout = make_layout (paper, block->texts[i], font, width - CELL_GAP, PAGE_ROOM);

      if (draw)
        show (paper, layout, x, paper->y);
      height = MAX (height, height_of (layout));
      x += width;
    }
  return height;
}

static void
put_row (BfPaper *paper, const Block *block)
{
  double height = put_cells (paper, block, "8", FALSE);

  make_room (paper, height + 2.4 * MM);
  put_cells (paper, block, "8", TRUE);
  paper->y += height + 1 * MM;
  rule (paper, paper->y, 0.85, 0.4);
  paper->y += 1.2 * MM;
}

static void
put_signature (BfPaper *paper, const Block *block)
{
  make_room (paper, 24 * MM);
  paper->y += 4 * MM;
  paper->y += put_text (paper, block->texts[0], "9", PANGO_ALIGN_LEFT, MARGIN_LEFT, paper->y, WIDTH * 0.45);
  paper->y += put_text (paper, block->texts[1], "Bold 10", PANGO_ALIGN_LEFT, MARGIN_LEFT, paper->y, WIDTH * 0.45) + 10 * MM;
  if (paper->drawing)
    {
      cairo_set_line_width (paper->cr, 0.6);
      cairo_move_to (paper->cr, MARGIN_LEFT, paper->y);
      cairo_line_to (paper->cr, MARGIN_LEFT + WIDTH * 0.45, paper->y);
      cairo_stroke (paper->cr);
    }
  paper->y += 2 * MM;
}

static void
put_paragraph (BfPaper *paper, const Block *block, const char *font, double before, double after)
{
  g_autoptr (PangoLayout) layout = make_layout (paper, block->texts[0], font, WIDTH, PAGE_ROOM);
  double height = height_of (layout);

  /* A heading does not stand alone at a page's end. */
  make_room (paper, before + height + (block->kind == HEADING ? 18 * MM : 0));
  paper->y += before;
  show (paper, layout, MARGIN_LEFT, paper->y);
  paper->y += height + after;
}

static void
put_block (BfPaper *paper, const Block *block)
{
  if (block->kind != ROW)
    paper->table = NULL;
  switch (block->kind)
    {
    case HEADING:
      put_paragraph (paper, block, "Bold 11", 4 * MM, 1.5 * MM);
      break;
    case PARAGRAPH:
      put_paragraph (paper, block, "9", 0, 1.5 * MM);
      break;
    case SMALL:
      put_paragraph (paper, block, "7.5", 1 * MM, 1 * MM);
      break;
    case TABLE:
      make_room (paper, 20 * MM);
      paper->table = block;
      put_heads (paper);
      break;
    case ROW:
      for (guint i = paper->blocks->len; paper->table == NULL && i > 0; i--)
        if (((const Block *) g_ptr_array_index (paper->blocks, i - 1))->kind == TABLE)
          paper->table = g_ptr_array_index (paper->blocks, i - 1);
      put_row (paper, block);
      break;
    case SIGNATURE:
      put_signature (paper, block);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
go_through (BfPaper *paper, gboolean drawing)
{
  paper->drawing = drawing;
  paper->page = 0;
  paper->table = NULL;
  begin_page (paper);
  for (guint i = 0; i < paper->blocks->len; i++)
    put_block (paper, g_ptr_array_index (paper->blocks, i));
  end_page (paper);
}

/**
 * bf_paper_write:
 *
 * Writes the document as PDF to @path.
 */
gboolean
bf_paper_write (BfPaper *paper, const char *path, GError **error)
{
  cairo_surface_t *surface = cairo_pdf_surface_create (path, PAGE_WIDTH, PAGE_HEIGHT);
  cairo_status_t status;

  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, paper->title);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_AUTHOR, paper->organisation);
  paper->cr = cairo_create (surface);
  go_through (paper, FALSE);
  paper->n_pages = paper->page;
  go_through (paper, TRUE);
  cairo_destroy (paper->cr);
  paper->cr = NULL;
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, cairo_status_to_string (status));
  return FALSE;
}
