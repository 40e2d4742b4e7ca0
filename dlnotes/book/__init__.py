"""The book as data: chapters, twins, concordance, errata; the search and the doctor behind the command."""
