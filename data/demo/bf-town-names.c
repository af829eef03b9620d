/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A name for every street, of the kind that its quarter would have: trades and old signs within the ramparts,
 * statesmen by the station, trees and birds in the estates, engineers in the industrial zone. No name twice.
 * Streets that run on from each other without a bend carry one name.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

/* clang-format off */
static const char *const old_town[] = {
  "des Tonneliers", "des Orfèvres", "des Cordeliers", "du Chapeau-Rouge", "de la Parcheminerie", "des Bouchers",
  "du Puits-Salé", "de l'Écu", "des Étaux", "du Four-Banal", "de la Monnaie", "des Changeurs", "du Trésor",
  "de la Vieille-Boucherie", "des Chandeliers", "du Pilori", "de la Prévôté", "des Trois-Maures", "du Grand-Cerf",
  "de la Tour-Carrée", "des Prêcheurs", "des Minimes", "de l'Horloge", "de la Clef", "du Coq", "de la Sirène",
  "du Pot-d'Étain", "des Fripiers", "de la Ferronnerie", "de la Tonnellerie", "des Armuriers", "des Chaudronniers",
  "du Griffon", "de l'Ange", "de la Croix-de-Fer", "du Bon-Puits", "des Rosiers", "de l'Arbalète", "de la Lanterne",
  "du Vieux-Collège", "des Bons-Enfants", "de la Barre", "de l'Étuve", "des Godrans", "de la Chouette-d'Or", "des Béguines",
  "de la Halle-aux-Grains", "du Grenier-à-Sel", "des Carmes", "des Jacobins", "de la Visitation", "du Doyenné",
  "de l'Évêché", "de l'Official", "du Palais", "de la Conciergerie", "des Crieurs", "de la Corderie", "du Mouton",
  "du Lion-d'Or", "des Quatre-Vents", "du Dauphin", "de la Petite-Fontaine", "du Singe", "de la Licorne", "des Lices",
  "de la Poterne", "du Guet", "de l'Échauguette", "du Beffroi", "de la Cloche", "du Chat-qui-Pêche", "des Vieilles-Arcades",
  "de la Draperie", "des Pelletiers", "des Tisserands", "des Foulons", "de la Teinturerie", "des Cloutiers", "des Selliers",
  "des Vinaigriers", "de la Moutarde", "du Pressoir", "du Cellier", "de la Treille", "des Vendangeurs", "de l'Écritoire",
  "des Enlumineurs", "du Pont-Levis", "du Tournant", "de la Madeleine", "des Haudriettes", "de l'Hôpital-Vieux", "des Pèlerins",
  "de la Coquille", "du Bourdon", "des Oiseleurs", "du Faucon", "de la Muette", "du Petit-Pré", "des Lavoirs", "de l'Abreuvoir",
  "de la Bretèche", "du Châtelet", "des Sergents", "des Arquebusiers", "du Jeu-de-Paume", "de la Comédie", "des Halles",
  "de l'Ancien-Palais", "de la Fontaine-Couverte", "des Degrés", "du Puits-Certain", "de la Sainte-Chapelle", "des Ménétriers",
};
static const char *const statesmen[] = {
  "Victor-Hugo", "Léon-Gambetta", "Jules-Ferry", "Sadi-Carnot", "Adolphe-Thiers", "Denfert-Rochereau", "Émile-Zola",
  "Lamartine", "Buffon", "Diderot", "Voltaire", "Jean-Jacques-Rousseau", "Pasteur", "Claude-Bernard", "François-Rude",
  "Gustave-Eiffel", "Vauban", "Colbert", "de Strasbourg", "d'Alsace", "de Lorraine", "de Metz", "de Belfort", "du Quatre-Septembre",
  "du Onze-Novembre", "du Général-Leclerc", "du Général-Fauconnet", "Alphonse-Daudet", "Edgar-Quinet", "Michelet", "Ernest-Renan",
  "Arago", "Ampère", "Lavoisier", "Monge", "Berlioz", "Auguste-Comte", "Waldeck-Rousseau", "Aristide-Briand", "Raspail",
  "Louis-Blanc", "Ledru-Rollin", "Marceau", "Hoche", "Kléber", "Desaix", "Turenne", "Bossuet", "Rameau", "Crébillon",
  "Piron", "Guyton-de-Morveau", "Franklin", "Washington", "du Chemin-de-Fer", "des Messageries", "de l'Embarcadère", "du Commerce",
  "de l'Industrie", "de la Liberté", "de l'Égalité", "de la Fraternité", "du Progrès", "des Deux-Gares", "de la Paix",
  "Jacques-Cellerier", "Devosge", "Mariotte", "Legouz-Gerland", "Bannelier", "Sambin", "Dubois", "Charles-Dumont",
};
static const char *const faubourg[] = {
  "Louis-Pergaud", "Colette", "Romain-Rolland", "Anatole-France", "Guy-Môquet", "Jean-Moulin", "Pierre-Brossolette",
  "Danielle-Casanova", "Berty-Albrecht", "Lucie-Aubrac", "du Huit-Mai-1945", "du Moulin-à-Vent", "de la Fontaine-Froide",
  "des Vieux-Murs", "du Clos-Morin", "de la Corvée", "des Maraîchers", "des Jardiniers", "de la Petite-Vitesse", "de l'Octroi",
  "du Faubourg-Vieux", "de la Manutention", "de l'Abattoir", "du Gaz", "des Verriers", "de la Brasserie", "de la Filature",
  "des Carrières", "de la Sablière", "de la Tuilerie", "du Four-à-Chaux", "de la Saline", "des Mariniers", "du Bac", "du Gué",
  "de l'Écluse", "de la Belle-Rive", "des Saules", "de l'Île", "des Pêcheurs", "du Chemin-Creux", "de la Maladière", "Saint-Lazare",
  "Sainte-Reine", "Saint-Éloi", "Saint-Nicolas", "Saint-Vincent", "Saint-Martin", "Sainte-Barbe", "Saint-Roch", "Saint-Antoine",
  "Saint-Fiacre", "Saint-Hubert", "Saint-Andoche", "Saint-Germain", "Saint-Symphorien", "Sainte-Colombe", "Saint-Thibault",
  "de la Charité", "de l'Hospice", "du Petit-Séminaire", "de la Providence", "des Capucins", "des Récollets", "de l'Ermitage",
  "du Calvaire", "de la Croix-Blanche", "de la Croix-Rouge", "de la Croix-Saint-Marc", "du Point-du-Jour", "de la Bascule",
  "du Lavoir", "de l'Arquebuse", "du Champ-de-Foire", "du Champ-de-Mars", "de la Caserne", "du Manège", "des Hussards", "du Polygone",
  "des Cheminots", "de la Coopérative", "des Ouvriers", "Louise-Michel", "Flora-Tristan", "Eugène-Varlin", "Jean-Baptiste-Clément",
  "Eugène-Pottier", "Marcel-Sembat", "Roger-Salengro", "Édouard-Herriot", "Pierre-Semard", "Paul-Bert", "Ferdinand-Buisson",
  "Pauline-Kergomard", "Sophie-Germain", "Marie-Curie", "Irène-Joliot-Curie", "Simone-Veil", "Rosa-Bonheur", "George-Sand",
  "Olympe-de-Gouges", "Charles-Péguy", "Guillaume-Apollinaire", "Alain-Fournier", "Saint-Exupéry", "Jean-Mermoz", "Hélène-Boucher",
  "Roland-Garros", "des Frères-Lumière", "Nicéphore-Niépce", "Étienne-Jules-Marey", "Pierre-Larousse", "Jacquard", "Parmentier",
  "Olivier-de-Serres", "Bernard-Palissy", "Ambroise-Paré", "des Terreaux", "du Petit-Cîteaux", "de la Belle-Étoile", "de l'Espérance",
  "du Repos", "de Chalon", "de Nuits", "d'Avallon", "d'Auxonne", "de Dole", "de Vézelay", "de Cluny", "de Fontenay",
};
static const char *const garden[] = {
  "des Acacias", "des Lilas", "des Tilleuls", "des Érables", "des Bouleaux", "des Charmes", "des Frênes", "des Noyers",
  "des Cerisiers", "des Pommiers", "des Poiriers", "des Pruniers", "des Cognassiers", "des Noisetiers", "des Châtaigniers",
  "des Aubépines", "des Églantiers", "des Genêts", "des Bruyères", "des Coquelicots", "des Bleuets", "des Marguerites",
  "des Primevères", "des Violettes", "des Pervenches", "des Jonquilles", "des Iris", "des Glycines", "des Chèvrefeuilles",
  "des Hortensias", "des Camélias", "des Mimosas", "des Cytises", "des Sorbiers", "des Cornouillers", "des Troènes", "des Buis",
  "des Ifs", "des Cèdres", "des Mélèzes", "des Épicéas", "des Chênes", "des Hêtres", "des Ormes", "des Platanes", "des Trembles",
  "des Alouettes", "des Mésanges", "des Fauvettes", "des Rossignols", "des Hirondelles", "des Bergeronnettes", "des Chardonnerets",
  "des Pinsons", "des Loriots", "des Merles", "des Grives", "des Rouges-Gorges", "des Bouvreuils", "des Huppes", "des Perdrix",
  "des Cailles", "des Bécasses", "des Hérons", "des Martins-Pêcheurs", "des Écureuils", "des Abeilles", "des Papillons",
  "du Clos-des-Vignes", "du Clos-Saint-Jacques", "du Clos-du-Roi", "des Grandes-Vignes", "des Vignes-Blanches", "des Plantes-au-Baron",
  "de la Perrière", "des Charmottes", "des Folatières", "des Gravières", "des Combottes", "de la Combe-aux-Moines", "de la Combe-Grisard",
  "des Poulottes", "des Murgers", "de la Toison-d'Or", "des Échézeaux", "des Marconnets", "du Val-Fleuri", "du Bois-Joli", "de la Garenne",
  "des Renardières", "de la Chênaie", "de la Hêtraie", "du Pré-Neuf", "du Pré-Bourgeois", "du Pré-de-la-Dame", "des Longues-Raies",
  "des Quarts", "de la Grande-Corvée", "des Champs-Perdrix", "des Petits-Champs", "des Champs-d'Avoine", "de la Vesvre", "de la Rente",
  "de la Colombière", "du Colombier", "du Verger", "des Ruchers", "du Puits-aux-Loups", "de la Mare-aux-Fées", "de la Justice",
  "des Essarts", "de la Borde", "de la Motte", "du Tertre", "du Belvédère", "du Panorama", "de la Crête", "du Levant", "du Couchant", "du Midi",
  "Claude-Debussy", "Maurice-Ravel", "Gabriel-Fauré", "Camille-Saint-Saëns", "Georges-Bizet", "Charles-Gounod", "Erik-Satie",
  "Francis-Poulenc", "Lili-Boulanger", "Claude-Monet", "Auguste-Renoir", "Paul-Cézanne", "Berthe-Morisot", "Camille-Corot",
  "Gustave-Courbet", "Edgar-Degas", "Henri-Matisse", "Georges-Braque", "Suzanne-Valadon", "Camille-Claudel", "Auguste-Rodin",
  "François-Pompon", "Paul-Éluard", "Robert-Desnos", "Jacques-Prévert", "René-Char", "Jules-Supervielle", "Max-Jacob",
  "Aloysius-Bertrand", "Gérard-de-Nerval", "Arthur-Rimbaud", "Paul-Verlaine", "Charles-Baudelaire", "Stéphane-Mallarmé",
  "Anna-de-Noailles", "Marceline-Desbordes-Valmore", "Louise-Labé", "Christine-de-Pizan", "Pierre-de-Ronsard", "Joachim-du-Bellay",
  "Clément-Marot", "François-Villon", "Georges-Brassens", "Barbara", "Édith-Piaf", "Charles-Trenet", "Boris-Vian", "Marcel-Pagnol",
  "Jean-Giono", "Marcel-Aymé", "Henri-Vincenot", "Marguerite-Yourcenar", "Albert-Camus", "Simone-de-Beauvoir", "Jules-Verne",
  "Charles-Perrault", "Marie-Noël", "Bernard-Clavel", "Maurice-Genevoix", "Claude-Sautet", "Jacques-Tati", "Agnès-Varda",
};
static const char *const works[] = {
  "de l'Innovation", "Denis-Papin", "Clément-Ader", "Louis-Blériot", "Marc-Seguin", "Édouard-Branly", "André-Citroën",
  "Blaise-Pascal", "Joseph-Cugnot", "Fulgence-Bienvenüe", "Aristide-Bergès", "Charles-Tellier", "Zénobe-Gramme", "des Métiers",
  "de la Métallurgie", "du Bois-Guillaume", "des Entrepôts", "du Fret", "de la Logistique", "des Compagnons", "de l'Artisanat",
};
/* clang-format on */

typedef struct
{
  const char *const *stems;
  guint n;
} Pool;

static const Pool pools[] = {
  { old_town, G_N_ELEMENTS (old_town) }, { statesmen, G_N_ELEMENTS (statesmen) }, { faubourg, G_N_ELEMENTS (faubourg) },
  { garden, G_N_ELEMENTS (garden) },     { works, G_N_ELEMENTS (works) },
};

/* Which pools a fabric draws from, in this order; the last entries are where it goes when its own are used up. */
static const int preferences[][5] = {
  [BF_TOWN_FABRIC_MEDIEVAL] = { 0, 2, 1, 3, 4 }, [BF_TOWN_FABRIC_GRID] = { 1, 2, 0, 3, 4 },
  [BF_TOWN_FABRIC_FAUBOURG] = { 2, 1, 3, 0, 4 }, [BF_TOWN_FABRIC_SUBURB] = { 3, 2, 1, 0, 4 },
  [BF_TOWN_FABRIC_ESTATE] = { 3, 2, 1, 0, 4 },   [BF_TOWN_FABRIC_SLABS] = { 3, 2, 1, 0, 4 },
  [BF_TOWN_FABRIC_INDUSTRY] = { 4, 1, 2, 3, 0 }, [BF_TOWN_FABRIC_FIELDS] = { 3, 2, 1, 0, 4 },
};

static const char *const ways_old_alley[] = { "Ruelle", "Venelle", "Passage", "Ruelle", NULL };
static const char *const ways_dead_end[] = { "Impasse", "Allée", "Impasse", "Cour", NULL };
static const char *const ways_garden[] = { "Rue", "Allée", "Rue", "Chemin", NULL };
static const char *const ways_close[] = { "Allée", "Impasse", "Allée", "Sente", NULL };
static const char *const ways_street[] = { "Rue", "Rue", "Rue", "Rue", NULL };
static const char *const ways_path[] = { "Chemin", "Sentier", "Chemin", "Sente", NULL };

static const char *const *
ways_of (const BfTownLine *line)
{
  gboolean gardens = line->fabric == BF_TOWN_FABRIC_ESTATE || line->fabric == BF_TOWN_FABRIC_SUBURB;

  if (line->rank == BF_TOWN_RANK_PATH)
    return ways_path;
  if (line->dead_end)
    return gardens ? ways_close : ways_dead_end;
  if (line->rank == BF_TOWN_RANK_ALLEY)
    return gardens ? ways_close : ways_old_alley;
  return gardens ? ways_garden : ways_street;
}

/* Draws a stem that is not yet taken, starting somewhere in the pool so that neighbours do not follow the alphabet. */
static char *
new_name (BfTown *town, GHashTable *stems, GHashTable *names, const BfTownLine *line)
{
  const char *const *ways = ways_of (line);
  const char *way = ways[(guint) (bf_town_random (town) * 4)];
  const int *order = preferences[MAX (line->fabric, BF_TOWN_FABRIC_MEDIEVAL)];

  for (guint round = 0; round < 4; round++)
    for (guint k = 0; k < 5; k++)
      {
        const Pool *pool = &pools[order[k]];
        guint start = (guint) (bf_town_random (town) * pool->n);

        /* First new stems of the first three pools; then a known stem with another kind of way. */
        if (round == 0 && k > 2)
          continue;
        for (guint i = 0; i < pool->n; i++)
          {
            const char *stem = pool->stems[(start + i) % pool->n];
            g_autofree char *name = g_strconcat (round == 0 ? way : ways[round], " ", stem, NULL);

            if ((round == 0 && g_hash_table_contains (stems, stem)) || g_hash_table_contains (names, name))
              continue;
            g_hash_table_add (stems, (gpointer) stem);
            g_hash_table_add (names, g_strdup (name));
            return g_steal_pointer (&name);
          }
      }
  return NULL;
}

static BfTownPoint
end_of (const BfTownLine *line, gboolean tail)
{
  return bf_town_point (line->points, tail ? line->points->len - 1 : 0);
}

/* The unit direction outward at an end. */
static BfTownPoint
outward (const BfTownLine *line, gboolean tail)
{
  guint n = line->points->len;
  BfTownPoint a = bf_town_point (line->points, tail ? n - 2 : 1), b = end_of (line, tail);
  double length = MAX (bf_town_distance (a, b), 1e-9);

  return (BfTownPoint){ (b.x - a.x) / length, (b.y - a.y) / length };
}

static void
reverse (GArray *points)
{
  for (guint i = 0; i < points->len / 2; i++)
    {
      BfTownPoint swap = bf_town_point (points, i);

      bf_town_point (points, i) = bf_town_point (points, points->len - 1 - i);
      bf_town_point (points, points->len - 1 - i) = swap;
    }
}

/* Makes `other` the continuation of the street's tail when it leaves that point straight on. */
static gboolean
runs_on (BfTown *town, BfTownStreet *street, guint candidate)
{
  BfTownLine *last = bf_town_line (town, g_array_index (street->lines, int, street->lines->len - 1));
  BfTownLine *other = bf_town_line (town, candidate);
  BfTownPoint out = outward (last, TRUE);

  for (int tail = 0; tail < 2; tail++)
    {
      BfTownPoint away = outward (other, tail);

      if (bf_town_distance (end_of (other, tail), end_of (last, TRUE)) > 0.6 || out.x * -away.x + out.y * -away.y < 0.82)
        continue;
      if (tail)
        reverse (other->points);
      return TRUE;
    }
  return FALSE;
}

static BfTownStreet *
new_street (BfTown *town, char *name)
{
  BfTownStreet *street = g_new0 (BfTownStreet, 1);

  street->name = name;
  street->lines = g_array_new (FALSE, FALSE, sizeof (int));
  g_ptr_array_add (town->streets, street);
  return street;
}

static void
join_street (BfTown *town, guint street_index, guint line)
{
  BfTownStreet *street = g_ptr_array_index (town->streets, street_index);
  int value = (int) line;

  g_array_append_val (street->lines, value);
  bf_town_line (town, line)->street = (int) street_index;
}

static void
take_fixed_names (BfTown *town, GHashTable *names)
{
  for (guint i = 0; i < town->lines->len; i++)
    {
      const char *name = bf_town_line (town, i)->fixed_name;
      guint k;

      if (name == NULL || bf_town_line (town, i)->kind != BF_TOWN_LINE_ROAD)
        continue;
      for (k = 0; k < town->streets->len; k++)
        if (g_str_equal (((BfTownStreet *) g_ptr_array_index (town->streets, k))->name, name))
          break;
      if (k == town->streets->len)
        {
          new_street (town, g_strdup (name));
          g_hash_table_add (names, g_strdup (name));
        }
      join_street (town, k, i);
    }
}

/* Adds, at the tail, every line of the same fabric that runs on. */
static void
lengthen (BfTown *town, BfTownStreet *street, guint first)
{
  BfTownFabric fabric = bf_town_line (town, first)->fabric;
  guint index = town->streets->len - 1, k = first + 1;

  while (k < town->lines->len)
    {
      BfTownLine *other = bf_town_line (town, k);

      if (other->kind == BF_TOWN_LINE_ROAD && other->kept && other->street < 0 && other->fabric == fabric
          && runs_on (town, street, k))
        {
          join_street (town, index, k);
          k = first + 1;
        }
      else
        k++;
    }
}

static void
turn_around (BfTown *town, BfTownStreet *street)
{
  guint n = street->lines->len;

  for (guint i = 0; i < n; i++)
    reverse (bf_town_line (town, g_array_index (street->lines, int, i))->points);
  for (guint i = 0; i < n / 2; i++)
    {
      int swap = g_array_index (street->lines, int, i);

      g_array_index (street->lines, int, i) = g_array_index (street->lines, int, n - 1 - i);
      g_array_index (street->lines, int, n - 1 - i) = swap;
    }
}

void
bf_town_name_streets (BfTown *town)
{
  g_autoptr (GHashTable) stems = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  take_fixed_names (town, names);
  for (guint i = 0; i < town->lines->len; i++)
    {
      BfTownLine *line = bf_town_line (town, i);
      BfTownStreet *street;

      if (line->kind != BF_TOWN_LINE_ROAD || !line->kept || line->street >= 0 || line->fabric == BF_TOWN_FABRIC_FIELDS)
        continue;
      street = new_street (town, NULL);
      join_street (town, town->streets->len - 1, i);
      lengthen (town, street, i);
      turn_around (town, street);
      lengthen (town, street, i);
      street->name = new_name (town, stems, names, line);
      if (street->name == NULL)
        street->name = g_strdup_printf ("Chemin rural n° %u", i);
    }
}
