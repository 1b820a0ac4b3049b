"""What a case can be about: versions of standards, the shipped dictionaries, Excel in and out."""
